import { describe, expect, test } from "vitest";
import {
  canMove,
  ENDED_STATES,
  hasEnded,
  JOB_STATES,
  type JobState,
  TRANSITIONS,
  WAITING_FOR_PERSON,
} from "../src/index.ts";

/** Every state that some chain of arrows leads to. */
function reachable(): Set<JobState> {
  const found = new Set<JobState>();
  for (let grew = true; grew;) {
    grew = false;
    for (const { from, to } of TRANSITIONS) {
      if ((from === null || found.has(from)) && !found.has(to)) {
        found.add(to);
        grew = true;
      }
    }
  }
  return found;
}

describe("the state table", () => {
  test("every state is reachable", () => {
    expect([...reachable()].toSorted()).toEqual([...JOB_STATES].toSorted());
  });

  test("ended states have no way out, and every other state can end", () => {
    for (const state of JOB_STATES) {
      const out = TRANSITIONS.filter((arrow) => arrow.from === state);
      expect(out.length === 0, state).toBe(hasEnded(state));
    }
    const canEnd = new Set<JobState>(ENDED_STATES);
    for (let grew = true; grew;) {
      grew = false;
      for (const { from, to } of TRANSITIONS) {
        if (from !== null && canEnd.has(to) && !canEnd.has(from)) {
          canEnd.add(from);
          grew = true;
        }
      }
    }
    expect(canEnd.size).toBe(JOB_STATES.length);
  });

  test("each arrow stands once, and names who moves", () => {
    const keys = TRANSITIONS.map(({ from, to, by }) => `${from} ${to} ${by}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(TRANSITIONS.every(({ who }) => who.length > 0)).toBe(true);
  });

  test("only a claim starts a job, and only from queued", () => {
    expect(TRANSITIONS.filter(({ to }) => to === "running")).toEqual([
      { from: "queued", to: "running", by: "claim_jobs", who: ["worker"] },
    ]);
  });

  test("what waits for a person is moved on by a person, an expiry, a cancel, a readmission or a standing approval alone", () => {
    for (const state of WAITING_FOR_PERSON) {
      for (const arrow of TRANSITIONS.filter(({ from }) => from === state)) {
        const standing = arrow.by === "admit_jobs" && arrow.from === "held" && arrow.to === "queued";
        if (!standing) expect(["decide", "expire", "cancel", "readmit"]).toContain(arrow.by);
      }
    }
  });

  test("answers about single arrows", () => {
    expect(canMove("queued", "running")).toBe(true);
    expect(canMove("running", "succeeded", "reap")).toBe(false);
    expect(canMove("held", "running")).toBe(false);
  });
});
