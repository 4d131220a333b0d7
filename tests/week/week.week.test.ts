import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@holdpoint/local/testing";
import { keepReport } from "./report.ts";
import { runWeek, type WeekOutcome } from "./run-week.ts";
import { letHeldGo, SABOTAGES } from "./sabotage.ts";
import type { WeekOptions } from "./sim/week.ts";

const seed = Number(process.env["HOLDPOINT_WEEK_SEED"] ?? randomInt(1_000_000_000));
const jobs = Number(process.env["HOLDPOINT_WEEK_JOBS"] ?? 10_000);
const days = Number(process.env["HOLDPOINT_WEEK_DAYS"] ?? 7);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ migrated: "auth only" });
});
afterAll(() => server.close());

const silent = (): void => undefined;
const live = (options: Partial<WeekOptions>): Promise<WeekOutcome> =>
  runWeek({ adminUrl: server.adminUrl, seed, jobs, days, tell: silent, ...options });

test(`an operator can leave the fleet alone for ${days} days of ${jobs} jobs`, async () => {
  console.log(`seed ${seed} (replay: HOLDPOINT_WEEK_SEED=${seed} HOLDPOINT_WEEK_JOBS=${jobs} npm test -- week)`);
  const { found, report, submitted, deeds, tally } = await live({ tell: (line) => console.log(line) });
  console.log(`${report}\n\nkept in ${keepReport(report, seed)}`);
  expect(found).toEqual([]);
  expect(submitted).toBeGreaterThan(jobs * 0.98);
  expect(deeds).toBeGreaterThan(jobs * 0.04);
  // It was not an idle week; in a small one some of this may not come up.
  if (jobs < 10_000) return;
  for (const name of MUST_COME_UP) {
    expect(tally.get(name) ?? 0, name).toBeGreaterThan(0);
  }
});

const MUST_COME_UP = [
  "decided: approve",
  "stops lifted",
  "died: poison",
  "calls cut",
  "refused for the role",
  "did: send_signal",
  "did: start_bulk",
  "did: replay_job",
  "did: add_standing",
];

/** Half a day of a small fleet whose processes die often. */
const SMALL = { jobs: 600, days: 0.5, crashIn: 8, strikes: 1 / 2 } as const;

describe("the checks themselves", () => {
  test.each(Object.entries(SABOTAGES))("%s: they notice", async (_what, { rules, by, in: more }) => {
    const { found } = await live({ ...SMALL, ...more, seed: 1, sabotage: by });
    expect([...new Set(found.map(({ rule }) => rule))]).toEqual(expect.arrayContaining([...rules]));
  });

  test("one guard of two taken out: the other holds", async () => {
    // And nothing that the sabotages change besides a rule breaks one.
    const odd = { crashIn: 3, failFactor: 6, firstStarts: 8, capFactor: 0.3 };
    expect((await live({ ...SMALL, ...odd, seed: 1, sabotage: letHeldGo })).found).toEqual([]);
  });
});
