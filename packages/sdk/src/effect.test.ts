import { expect, test } from "vitest";
import { runEffect } from "./effect.ts";
import type { BegunEffect, EffectBook } from "./effect.ts";

function bookOf(...answers: BegunEffect[]) {
  const ends: string[] = [];
  const book: EffectBook = {
    begin: () => Promise.resolve(answers.shift() ?? { state: "done", receipt: null }),
    finish: (_key, end) => Promise.resolve(ends.push(end.outcome)),
  };
  return { book, ends };
}

const late = { jobId: "job", signal: new AbortController().signal, mark: () => () => 20 };
const options = { key: "charge", kind: "other", settle: "safe_retry", dedupeMs: 60_000 } as const;
const never = () => Promise.reject(new Error("it was called"));

test("too late for the first call, the effect is known not to have happened", async () => {
  const { book, ends } = bookOf({ state: "call", within_ms: 10, attempt: 1 });
  await expect(runEffect(book, late, options, never)).rejects.toThrow("its time had run out");
  expect(ends).toEqual(["not_done"]);
});

test("too late to repeat a call that may have happened, the intent stays open", async () => {
  const { book, ends } = bookOf({ state: "call", within_ms: 10, attempt: 2 });
  await expect(runEffect(book, late, options, never)).rejects.toThrow("its time had run out");
  expect(ends).toEqual([]);
});

test("too late after the provider said that it had not happened, that is recorded", async () => {
  const { book, ends } = bookOf({ state: "reconcile", intent_at: "" }, { state: "call", within_ms: 10, attempt: 2 });
  const asked = { ...options, reconcile: () => ({ happened: false }) as const };
  await expect(runEffect(book, late, asked, never)).rejects.toThrow("its time had run out");
  expect(ends).toEqual(["not_done"]);
});
