import type { ClaimedRow } from "@holdpoint/db/runtime";
import { expect, test, vi } from "vitest";
import { HotCalls } from "../runtime/hot-calls.ts";
import type { ClaimTicket } from "../runtime/hot-calls.ts";
import { moment } from "../runtime/clock.ts";
import { GIVE_BACK_MS, JobLane } from "./job-lane.ts";
import type { TakenSlot } from "./job-lane.ts";

/** A lane whose gate is answered by the test. */
function makeLane(slots: number, messages = 0) {
  const asked: ClaimTicket[] = [];
  const started: TakenSlot[] = [];
  const turnedAway: string[] = [];
  const state = { mayClaim: true };
  const lane = new JobLane({
    name: "build",
    slots,
    queues: ["priority", "job"],
    firstIsUrgent: true,
    messages,
    calls: Object.assign(Object.create(HotCalls.prototype), {
      claim: (_: string, ticket: ClaimTicket) => asked.push(ticket),
    }),
    mayClaim: () => state.mayClaim,
    start: (_row, _sent, slot) => started.push(slot) > 0,
    answered: () => undefined,
    turnedAway: (queue, hint) => turnedAway.push(`${queue} ${hint.jobId}`),
  });
  return { lane, asked, started, state, turnedAway };
}

const hints = (...ids: string[]) => ids.map((jobId) => ({ jobId, dispatchNo: 1 }));
const row = (verdict: ClaimedRow["verdict"]): ClaimedRow => ({
  ord: 1,
  job_id: "a",
  verdict,
  token: "1",
  run_no: 1,
  lease_ms: 10_000,
  type: "t",
  type_version: 1,
  venture: "v",
  payload: {},
  refs: null,
  timeout_ms: 1,
  deaths: 0,
});
const settledNow = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

test("a slot claims only what it has room for, and a message is acknowledged when all its hints were answered", async () => {
  const { lane, asked, started } = makeLane(2);
  const message = lane.take("job", hints("a", "b", "c"));
  expect(asked.map((ticket) => ticket.jobId)).toEqual(["a", "b"]);
  asked[0]?.claimAnswered(row("claimed"), moment());
  asked[1]?.claimAnswered(row("stale"), moment());
  expect(asked.map((ticket) => ticket.jobId)).toEqual(["a", "b", "c"]);
  expect(await settledNow(message)).toBe(false);
  asked[2]?.claimAnswered(null, moment());
  expect(await settledNow(message)).toBe(true);
  expect(started).toHaveLength(1);
  expect(lane.slots.busy).toBe(1);
});

test("urgent hints go first", () => {
  const { lane, asked, state } = makeLane(8);
  state.mayClaim = false;
  void lane.take("job", hints("x", "y"));
  void lane.take("priority", hints("u1", "u2"));
  expect(asked).toEqual([]);
  state.mayClaim = true;
  lane.pump();
  // One slot in eight is for ordinary work.
  expect(asked.map((ticket) => ticket.jobId)).toEqual(["x", "u1", "u2", "y"]);
});

test("claiming stops when more runs wait to be settled than there are slots", () => {
  const { lane, asked, started } = makeLane(1);
  void lane.take("job", hints("a", "b", "c", "d"));
  for (let i = 0; i < 2; i++) {
    asked[i]?.claimAnswered(row("claimed"), moment());
    const slot = started[i];
    if (slot !== undefined) lane.slotFree(slot, 1);
  }
  expect(asked).toHaveLength(2);
  lane.settled();
  expect(asked).toHaveLength(3);
});

test("what waits longer than 20 s is given back, and a closed lane takes nothing", async () => {
  const { lane, asked } = makeLane(1);
  const message = lane.take("job", hints("a", "b"));
  lane.giveBack();
  expect(lane.waiting).toBe(1);
  const later = performance.now() + GIVE_BACK_MS + 1;
  vi.spyOn(performance, "now").mockReturnValue(later);
  lane.giveBack();
  vi.restoreAllMocks();
  expect(lane.waiting).toBe(0);
  asked[0]?.claimAnswered(null, moment());
  expect(await settledNow(message)).toBe(true);
  lane.close();
  expect(await settledNow(lane.take("job", hints("c")))).toBe(true);
  expect(asked).toHaveLength(1);
});

test("with few slots and long runs a message is kept until the run has returned, with short ones only until the claim", async () => {
  const { lane, asked, started } = makeLane(2, 2);
  const end = (slot: TakenSlot | undefined, ms: number): void => {
    if (slot !== undefined) lane.slotFree(slot, ms);
  };
  const first = lane.take("job", hints("a"));
  asked[0]?.claimAnswered(row("claimed"), moment());
  expect(await settledNow(first)).toBe(false);
  end(started[0], 5);
  expect(await settledNow(first)).toBe(true);
  const second = lane.take("job", hints("b"));
  asked[1]?.claimAnswered(row("claimed"), moment());
  expect(await settledNow(second)).toBe(true);
  end(started[1], 60_000);
  const third = lane.take("job", hints("c"));
  asked[2]?.claimAnswered(row("claimed"), moment());
  expect(await settledNow(third)).toBe(false);
});

test("closed, it leaves what waits and what still comes to other workers, until it opens again", async () => {
  const { lane, asked, turnedAway } = makeLane(1);
  const first = lane.take("job", hints("a", "b"));
  const second = lane.take("priority", hints("c"));
  lane.close();
  await second;
  await lane.take("job", hints("d"));
  expect(turnedAway).toEqual(["priority c", "job b", "job d"]);
  expect(asked).toHaveLength(1);
  lane.answer(asked[0] as never, row("blocked"), moment());
  await first;
  lane.open();
  void lane.take("job", hints("e"));
  expect(asked).toHaveLength(2);
});
