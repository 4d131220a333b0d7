import { beginWait } from "@holdpoint/db/runtime";
import type { WaitState } from "@holdpoint/db/runtime";
import { toHoldpointError } from "@holdpoint/db";
import { recordedRequest } from "@holdpoint/sdk";
import type { ApprovalRequest } from "@holdpoint/sdk";
import { claimRow } from "../gate/hold.ts";
import type { Person } from "../support/person.ts";
import type { Lease, Scene } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";

type Ask =
  | { sleep: number; n?: number }
  | { signal: string; timeout?: number; n?: number }
  | { approval: ApprovalRequest; n?: number };

/** What a run's call is told, as ctx would ask it. */
export function ask(scene: Scene, lease: Lease, what: Ask, by: TestWorker = scene.worker): Promise<WaitState> {
  const n = what.n ?? 1;
  const call =
    "sleep" in what
      ? { kind: "sleep" as const, name: "sleep", withinMs: what.sleep, request: null }
      : "signal" in what
        ? { kind: "signal" as const, name: what.signal, withinMs: what.timeout ?? 3_600_000, request: null }
        : {
            kind: "approval" as const,
            name: what.approval.name ?? "approval",
            withinMs: null,
            request: recordedRequest(what.approval),
          };
  return beginWait(scene.on, by, lease, { ...call, call: `${call.kind}:${call.name}#${n}`, until: null });
}

/** Asks, is told to park, and is settled as parked: the job's state. */
export async function park(scene: Scene, lease: Lease, what: Ask): Promise<string> {
  const { state } = await ask(scene, lease, what);
  if (state !== "park") throw new Error(`the call was answered: ${state}`);
  const [row] = await scene.settle([{ ...lease, outcome: "parked" }]);
  return row?.state ?? "";
}

/** The next run of a job, whatever its time. */
export async function nextRun(scene: Scene, jobId: string): Promise<Lease> {
  const row = await claimRow(scene, jobId);
  if (row.verdict !== "claimed") throw new Error(`the gate said ${row.verdict}`);
  return { jobId, token: row.token };
}

export interface Answered {
  state: string;
  missing: string | null;
  run_at: string | null;
}

/** An answer to what the job's run asks now: the state it leads to, or the reason that it was refused for. */
export async function answer(
  scene: Scene,
  by: Person,
  job: string,
  verb: "approve" | "reject" | "undo",
  more: { hash?: string; typed?: string; form?: object } = {},
): Promise<string> {
  const [row] = await scene.db.query<{ hash: string }>(
    "select encode(request_hash, 'hex') as hash from public.waits where job_id = $1 and kind = 'approval' order by asked_at desc limit 1",
    [job],
  );
  const hash = more.hash ?? row?.hash ?? "0".repeat(64);
  const given = more.form === undefined ? null : JSON.stringify(more.form);
  return by
    .call<Answered>("decide", job, verb, verb === "undo" ? null : hash, "a reason", more.typed ?? null, null, given)
    .then(
      ({ state, missing }) => (missing === null ? state : `${state}, missing ${missing}`),
      (error: unknown) => toHoldpointError(error).reason,
    );
}

export interface Sent {
  id: string;
  no: number;
  repeated: boolean;
  woke: boolean;
  state: string;
}

export function send(by: Person, job: string, name: string, data: unknown = null, id: string | null = null) {
  return by.call<Sent>("send_signal", job, name, JSON.stringify(data), id);
}

export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: unknown) => toHoldpointError(error).reason,
  );
}
