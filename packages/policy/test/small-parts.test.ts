import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  codeOfStatus,
  ERROR_CODES,
  formatDuration,
  HoldpointError,
  HTTP_STATUS,
  LANE_QUEUES,
  LANES,
  nearestName,
  nextAction,
  type NowFacts,
  parseDuration,
  parseHoldpointError,
  parseWith,
  QUEUE_NAMES,
  QUEUES,
  submitRequestSchema,
  ventureRequestSchema,
} from "../src/index.ts";

describe("errors", () => {
  prop.prop([fc.constantFrom(...ERROR_CODES), fc.option(fc.string()), fc.string()])(
    "survive their JSON",
    (code, field, message) => {
      const error = new HoldpointError(code, "some_reason", message, { field });
      const back = parseHoldpointError(JSON.stringify(error));
      expect(back?.toJSON()).toEqual(error.toJSON());
      expect(back?.status).toBe(HTTP_STATUS[code]);
      expect(parseHoldpointError({ error: error.toJSON() })?.reason).toBe("some_reason");
    },
  );
  prop.prop([fc.anything()])("nothing else is taken for one, and nothing throws", (value) => {
    expect(parseHoldpointError(value)).toBeNull();
  });
  test("codes by status and SQLSTATE", () => {
    expect(codeOfStatus("PT409")).toBe("conflict");
    expect(codeOfStatus(422)).toBe("refused");
    expect(codeOfStatus("23505")).toBeNull();
  });
  test("only unavailable is retryable by itself", () => {
    expect(ERROR_CODES.filter((code) => new HoldpointError(code, "x", "").retryable)).toEqual(["unavailable"]);
  });
});

describe("durations", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
  ])("%s", (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(["", "10", "m", "10 m", "-1h", "1.5h", "400d", "1w"])("refuses %j", (text) => {
    expect(() => parseDuration(text, "in")).toThrow(HoldpointError);
  });
  prop.prop([fc.integer({ min: 0, max: 10 ** 9 })])("are told in words of two units at most", (ms) => {
    expect(formatDuration(ms)).toMatch(/^[\d.]+ (d|h|m|s)( \d+ (h|m|s))?$/);
  });
  test("words", () => {
    expect(formatDuration(7_800_000)).toBe("2 h 10 m");
    expect(formatDuration(432)).toBe("0.4 s");
  });
});

describe("queues and lanes", () => {
  test("each of the nine is served by its lane, once", () => {
    expect(QUEUE_NAMES).toHaveLength(9);
    for (const queue of QUEUE_NAMES) {
      expect(LANES.filter((lane) => LANE_QUEUES[lane].includes(queue))).toEqual([QUEUES[queue].lane]);
    }
  });
});

describe("requests", () => {
  test("the first problem names its field", () => {
    const parse = (value: unknown) => parseWith(submitRequestSchema, value, "bad_request");
    expect(parse({ type: "health_scan", venture: "acme" })).toMatchObject({ payload: {} });
    const problem = (value: unknown) => {
      try {
        parse(value);
      } catch (error) {
        return error instanceof HoldpointError ? error.field : "other";
      }
      return "none";
    };
    expect(problem({ type: "Health", venture: "acme" })).toBe("type");
    expect(problem({ type: "a", venture: "acme", priority: 1 })).toBe("priority");
    expect(problem({ type: "a", venture: "acme", in_ms: 1, run_at: "2026-11-21T10:00:00Z" })).toBe("in_ms");
  });
  test("the venture fleet is reserved", () => {
    expect(ventureRequestSchema.safeParse({ key: "fleet", name: "Fleet" }).success).toBe(false);
    expect(ventureRequestSchema.safeParse({ key: "acme", name: "Acme", url: "ftp://x" }).success).toBe(false);
  });
});

test("a mistyped name finds its neighbour, a strange one nothing", () => {
  expect(nearestName("helth_scan", ["health_scan", "build"])).toBe("health_scan");
  expect(nearestName("zzz", ["health_scan", "build"])).toBeNull();
});

describe("the next action", () => {
  const calm: NowFacts = {
    now: 0,
    stops: [],
    workers: 1,
    liveWorkers: 1,
    failingChecks: [],
    held: [],
    heldTotal: 0,
    quarantined: 0,
    dead: 0,
    stuck: [],
    ventures: 1,
    jobs: 1,
    queued: 0,
    running: 0,
  };
  const card = { id: "j1", title: "build of acme", expiresAt: 30 * 60_000 };
  const kind = (more: Partial<NowFacts>) => nextAction({ ...calm, ...more }).kind;

  test("the gravest comes first", () => {
    const all: NowFacts = {
      ...calm,
      stops: [{ id: "s", scope: "everything", key: "", openRuns: 2 }],
      liveWorkers: 0,
      held: [card],
      heldTotal: 2,
      stuck: [{ id: "j2", why: "queued for 6 m with an idle consumer" }],
      quarantined: 1,
      dead: 1,
      failingChecks: ["backups"],
    };
    expect(nextAction(all).kind).toBe("stop");
    expect(nextAction({ ...all, stops: [] }).kind).toBe("workers");
    expect(nextAction({ ...all, stops: [], liveWorkers: 1 }).kind).toBe("approve");
    const later = { ...all, stops: [], liveWorkers: 1, held: [{ ...card, expiresAt: 86_400_000 }] };
    expect(nextAction(later).kind).toBe("stuck");
    expect(nextAction({ ...later, stuck: [] }).kind).toBe("quarantine");
    expect(nextAction({ ...later, stuck: [], quarantined: 0 }).kind).toBe("dead");
    expect(nextAction({ ...later, stuck: [], quarantined: 0, dead: 0 }).kind).toBe("approve");
    expect(nextAction({ ...later, stuck: [], quarantined: 0, dead: 0, held: [] }).kind).toBe("trust");
  });
  test("an empty installation is told how to begin", () => {
    expect(kind({ ventures: 0, jobs: 0 })).toBe("venture");
    expect(kind({ jobs: 0 })).toBe("submit");
    expect(nextAction(calm)).toMatchObject({ kind: "none", button: null });
  });
  test("says what waits, and until when", () => {
    expect(nextAction({ ...calm, held: [card], heldTotal: 3 }).sentence).toBe(
      "build of acme waits for your decision and 2 others wait; it expires in 30 m.",
    );
  });
});
