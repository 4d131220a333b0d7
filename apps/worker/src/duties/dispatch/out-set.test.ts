import { expect, test } from "vitest";
import { OutSet } from "./out-set.ts";

const hint = (jobId: string, dispatchNo: number) => ({ jobId, dispatchNo, venture: "acme" });

test("an answered hint leaves the set only before the next pick", () => {
  const out = new OutSet();
  out.add(hint("a", 1), "m1", 0);
  out.answered("a", 1);
  expect(out.size).toBe(1);
  expect(out.expected).toBe(0);
  out.dropAnswered();
  expect(out.size).toBe(0);
});

test("an answer for an old dispatch number does not touch the new one", () => {
  const out = new OutSet();
  out.add(hint("a", 2), "m2", 0);
  out.answered("a", 1);
  out.gone("a", 1);
  out.dropAnswered();
  expect(out.hints()).toEqual([hint("a", 2)]);
});

test("a hint that was refused though its job is ready is looked up at once", () => {
  const out = new OutSet();
  out.add(hint("a", 1), "m1", 1_000);
  out.doubt("a", 1);
  expect(out.messagesOlderThan(15_000, 1_001)).toEqual(["m1"]);
});

test("age only asks: a message that is still there is left, one that is gone frees its jobs", () => {
  const out = new OutSet();
  out.add(hint("a", 1), "m1", 0);
  out.add(hint("b", 1), "m1", 0);
  out.add(hint("c", 1), "m2", 0);
  out.add(hint("d", 1), "m3", 14_000);
  expect(out.messagesOlderThan(15_000, 16_000)).toEqual(["m1", "m2"]);
  expect(
    out.lookedUp(
      new Map([
        ["m1", true],
        ["m2", false],
      ]),
      16_000,
    ),
  ).toBe(1);
  expect(out.hints().map((one) => one.jobId)).toEqual(["a", "b", "d"]);
  expect(out.messagesOlderThan(15_000, 20_000)).toEqual([]);
});
