import type { JobEvent } from "@holdpoint/db/people";
import { expect, it } from "vitest";
import { ahead, visits } from "./state-map.ts";

const event = (seq: number, type: string, data: unknown = {}): JobEvent => ({
  seq,
  type,
  venture: "acme",
  at: `2026-11-21T10:00:0${seq}.000Z`,
  actor: { kind: "worker", id: "w" },
  run: null,
  data,
});

it("reads the states a job has been in from its events", () => {
  const events = [
    event(1, "submitted"),
    event(2, "held"),
    event(3, "decision.approved", { state: "queued" }),
    event(4, "running"),
    event(5, "step"),
    event(6, "retry_planned"),
    event(7, "running"),
    event(8, "succeeded"),
  ];
  expect(visits(events).map((visit) => visit.state)).toEqual([
    "submitted",
    "held",
    "queued",
    "running",
    "queued",
    "running",
    "succeeded",
  ]);
});

it("goes back to where an undo leads, as its event says", () => {
  const events = [event(1, "submitted"), event(2, "dead"), event(3, "decision.undone", { state: "dead" })];
  expect(visits(events).at(-1)?.state).toBe("dead");
});

it("shows what may come, and nothing after an end", () => {
  expect(ahead("held")).toEqual(["queued", "running", "succeeded"]);
  expect(ahead("running")).toEqual(["succeeded"]);
  expect(ahead("rejected")).toEqual([]);
  expect(ahead("succeeded")).toEqual([]);
});
