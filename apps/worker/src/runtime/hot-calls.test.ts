import { performance } from "node:perf_hooks";
import type { ClaimedRow, Queryable, Settlement } from "@holdpoint/db/runtime";
import { createLog } from "../log.ts";
import { expect, test, vi } from "vitest";
import { HotCalls } from "./hot-calls.ts";
import type { ClaimTicket, SettleTicket } from "./hot-calls.ts";

interface Call {
  name: string;
  values: unknown[];
}

/** A database that answers each call by a function; everything else of the path is real. */
function fakeDatabase(answer: (call: Call, no: number) => unknown[]) {
  const calls: Call[] = [];
  const db: Queryable = {
    query: async (config) => {
      const call = { name: config.name ?? "", values: config.values ?? [] };
      calls.push(call);
      return { rows: answer(call, calls.length) as never[], command: "", rowCount: null, oid: 0, fields: [] };
    },
  };
  return { db, calls };
}

function makeCalls(db: Queryable) {
  const ended: string[] = [];
  const caller = { id: "w", key: "k" };
  const log = createLog("silent", "test");
  return {
    calls: new HotCalls({ db, caller, dropClaimAfter: 1_000, log, onEnded: (reason) => ended.push(reason) }),
    ended,
  };
}

function claim(calls: HotCalls, jobId: string): Promise<ClaimedRow | null> {
  return new Promise((resolve) => {
    const ticket: ClaimTicket = { jobId, dispatchNo: 1, claimAnswered: (row) => resolve(row) };
    calls.claim("build", ticket);
  });
}

const idsOf = (call: Call): string[] => String(call.values[4]).slice(1, -1).split(",");
const claimedAll = (call: Call): unknown[] =>
  idsOf(call).map((id, i) => ({ ord: i + 1, job_id: id, verdict: "claimed", token: "1" }));
const pgError = (code: string) => Object.assign(new Error(code), { code });

test("what is asked in one tick is one call", async () => {
  const { db, calls: sent } = fakeDatabase(claimedAll);
  const { calls } = makeCalls(db);
  const rows = await Promise.all(["a", "b", "c"].map((id) => claim(calls, id)));
  expect(rows.map((row) => row?.job_id)).toEqual(["a", "b", "c"]);
  expect(sent).toHaveLength(1);
});

test("a lost reply is asked for again with the same request id", async () => {
  const { db, calls: sent } = fakeDatabase((call, no) => {
    if (no === 1) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    return claimedAll(call);
  });
  const { calls } = makeCalls(db);
  await claim(calls, "a");
  expect(sent).toHaveLength(2);
  expect(sent[1]?.values).toEqual(sent[0]?.values);
});

test("an answer that comes later than L/30 is dropped and asked for again with the same request id", async () => {
  const { db, calls: sent } = fakeDatabase((call, no) => {
    if (no === 1) vi.spyOn(performance, "now").mockReturnValueOnce(performance.now() + 5_000);
    return claimedAll(call);
  });
  const { calls } = makeCalls(db);
  await claim(calls, "a");
  vi.restoreAllMocks();
  expect(sent).toHaveLength(2);
  expect(sent[1]?.values[2]).toBe(sent[0]?.values[2]);
});

test("a deadlock repeats the batch once, then each half under a request of its own", async () => {
  const { db, calls: sent } = fakeDatabase((call, no) => {
    if (no <= 2) throw pgError("40P01");
    return claimedAll(call);
  });
  const { calls } = makeCalls(db);
  await Promise.all(["a", "b", "c"].map((id) => claim(calls, id)));
  expect(sent.map(idsOf)).toEqual([["a", "b", "c"], ["a", "b", "c"], ["a", "b"], ["c"]]);
  expect(new Set(sent.map((call) => call.values[2])).size).toBe(3);
});

test("one bad item never fails the others: the batch is split down to it", async () => {
  const { db } = fakeDatabase((call) => {
    if (idsOf(call).includes("bad")) throw pgError("22P02");
    return claimedAll(call);
  });
  const { calls } = makeCalls(db);
  const rows = await Promise.all(["a", "bad", "c", "d"].map((id) => claim(calls, id)));
  expect(rows.map((row) => row?.job_id ?? null)).toEqual(["a", null, "c", "d"]);
});

test("a result that cannot be recorded settles the run as failed instead", async () => {
  const outcomes: string[] = [];
  const { db } = fakeDatabase((call) => {
    outcomes.push(String(call.values[4]));
    if (String(call.values[4]).includes("succeeded")) throw pgError("22P05");
    return [{ ord: 1, job_id: "a", verdict: "settled", state: "queued" }];
  });
  const { calls } = makeCalls(db);
  const settlement = (outcome: "succeeded" | "failed"): Settlement => ({
    jobId: "a",
    token: "1",
    outcome,
    errorClass: outcome === "failed" ? "bug" : null,
    errorMessage: null,
    costMicrousd: 0,
    retry: null,
    logBytes: 0,
    logSha256: null,
    result: null,
  });
  const state = await new Promise<string | undefined>((resolve) => {
    const ticket: SettleTicket = {
      settlement: () => settlement("succeeded"),
      replaceSettlement: () => settlement("failed"),
      settleAnswered: (row) => resolve(row?.state),
    };
    calls.settle(ticket);
  });
  expect(state).toBe("queued");
  expect(outcomes).toEqual(["{succeeded}", "{failed}"]);
});

test("a process that the fleet ended is told, and its claims get no answer", async () => {
  const { db } = fakeDatabase(() => {
    const detail = JSON.stringify({ code: "conflict", reason: "worker_ended", message: "It was ended." });
    throw Object.assign(new Error("It was ended."), { code: "PT409", detail });
  });
  const { calls, ended } = makeCalls(db);
  expect(await claim(calls, "a")).toBeNull();
  expect(ended).toEqual(["It was ended."]);
});
