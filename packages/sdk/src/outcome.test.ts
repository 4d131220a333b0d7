import type { RunOutcome } from "@holdpoint/policy";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  ABORT_CAUSES,
  BadInputError,
  BudgetError,
  BugError,
  errorClassOf,
  jsonOf,
  RetryAfter,
  RunAborted,
  runResultOf,
  TimeoutError,
  TransientError,
  Unsafe,
  UnsafeError,
} from "./index.ts";
import type { RunResult } from "./index.ts";

const quiet = new AbortController().signal;

describe("errorClassOf", () => {
  test.each([
    [new TransientError("x"), "transient"],
    [new TimeoutError("x"), "timeout"],
    [new BadInputError("x"), "bad_input"],
    [new UnsafeError("x"), "unsafe"],
    [new BudgetError("x"), "budget"],
    [new BugError("x"), "bug"],
    [Object.assign(new Error("of another copy"), { errorClass: "transient" }), "transient"],
    [Object.assign(new Error("not a handler's to say"), { errorClass: "lost" }), "bug"],
    [new DOMException("slow", "TimeoutError"), "timeout"],
    [new TypeError("fetch failed"), "bug"],
    ["a string", "bug"],
    [undefined, "bug"],
  ])("%o", (thrown, expected) => expect(errorClassOf(thrown)).toBe(expected));
});

describe("runResultOf", () => {
  test("knows the outcomes of a run, and the no of a person, which is a failed run of a job that ends", () => {
    expectTypeOf<Exclude<RunResult["outcome"], "declined">>().toEqualTypeOf<RunOutcome>();
  });

  test("what is unsafe tells its reason, finding and evidence, also when it comes as a plain error", () => {
    const told = { reason: "secret_found", finding: "A key on page 2.", evidence: { page: 2 } } as const;
    const expected = { outcome: "failed", errorClass: "unsafe", message: told.finding, retry: null, unsafe: told };
    expect(runResultOf({ threw: new Unsafe(told) }, quiet)).toEqual(expected);
    const { finding, ...facts } = told;
    const copy = Object.assign(new Error(finding), { errorClass: "unsafe", ...facts });
    expect(runResultOf({ threw: copy }, quiet)).toEqual(expected);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const odd = runResultOf({ threw: new Unsafe({ ...told, evidence: cyclic }) }, quiet);
    expect(odd).toMatchObject({ unsafe: { evidence: { unreadable: expect.any(String) } } });
    expect(runResultOf({ threw: new UnsafeError("no name") }, quiet)).not.toHaveProperty("unsafe");
  });

  test("a value succeeds, as the JSON that will be stored", () => {
    expect(runResultOf({ returned: { a: 1, b: undefined } }, quiet)).toEqual({
      outcome: "succeeded",
      result: { a: 1 },
    });
    expect(runResultOf({ returned: undefined }, quiet)).toEqual({ outcome: "succeeded", result: null });
  });

  test("a value that is no JSON is a bug", () => {
    expect(runResultOf({ returned: { at: new Date(0) } }, quiet)).toMatchObject({
      outcome: "failed",
      errorClass: "bug",
      message: "The result of the run at at is a Date; keep plain JSON.",
    });
  });

  test("RetryAfter carries the wish", () => {
    expect(runResultOf({ threw: new RetryAfter(1500.2, "busy") }, quiet)).toEqual({
      outcome: "failed",
      errorClass: "transient",
      message: "busy",
      retry: { ms: 1501 },
    });
    const at = new Date(5);
    expect(runResultOf({ threw: new RetryAfter(at) }, quiet)).toMatchObject({ retry: { at } });
    expect(() => new RetryAfter(Number.NaN)).toThrow(BugError);
    expect(() => new RetryAfter(-1)).toThrow(BugError);
  });

  const outcomes = {
    canceled: ["canceled", "canceled"],
    stopped: ["succeeded", "stopped"],
    timeout: ["succeeded", "failed"],
    lost: ["lost", "lost"],
    shutdown: ["lost", "lost"],
    parked: ["parked", "parked"],
  } as const;
  test.each(ABORT_CAUSES)("aborted because %s", (why) => {
    const abort = new AbortController();
    abort.abort(new RunAborted(why));
    const [returned, threw] = outcomes[why];
    expect(runResultOf({ returned: 1 }, abort.signal).outcome).toBe(returned);
    expect(runResultOf({ threw: new Error("whatever") }, abort.signal).outcome).toBe(threw);
  });

  test("a timeout is a timeout, whatever the handler threw on its way out", () => {
    const abort = new AbortController();
    abort.abort(new RunAborted("timeout", "The run took longer than 5 s."));
    expect(runResultOf({ threw: new TypeError("cut") }, abort.signal)).toMatchObject({
      errorClass: "timeout",
      message: "The run took longer than 5 s.",
    });
  });

  test("a message is bounded, and something that is no Error says so", () => {
    const long = runResultOf({ threw: new Error("x".repeat(9000)) }, quiet);
    expect(long.outcome === "failed" && long.message.length).toBe(2000);
    expect(runResultOf({ threw: "boom" }, quiet)).toMatchObject({
      message: "Something that is no Error was thrown: boom",
    });
  });
});

describe("jsonOf", () => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  test.each([
    [{ a: [1, { b: new Map() }] }, "x at a[1].b is a Map"],
    [Number.NaN, "x is a NaN"],
    [10n, "x is a bigint"],
    [() => 1, "x is a function"],
    [loop, "x at self contains itself"],
    [new Error("e"), "x is a Error"],
  ])("refuses %o", (value, message) => expect(() => jsonOf(value, "x")).toThrow(message));

  test("keeps the same object twice when it is no cycle", () => {
    const shared = { n: 1 };
    expect(jsonOf([shared, shared, null, undefined], "x")).toEqual([{ n: 1 }, { n: 1 }, null, null]);
  });
});

test("a failure tells which provider it names", () => {
  const signal = new AbortController().signal;
  const ends = [new RetryAfter(5, "later", { provider: "github" }), new TransientError("503", { provider: "github" })];
  for (const threw of ends)
    expect(runResultOf({ threw }, signal)).toMatchObject({ outcome: "failed", provider: "github" });
  expect(runResultOf({ threw: new TransientError("503") }, signal)).not.toHaveProperty("provider");
});
