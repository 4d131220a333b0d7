import { admitJobs } from "@holdpoint/db/runtime";
import { toHoldpointError } from "@holdpoint/db";
import type { ApprovalRequirement } from "@holdpoint/policy";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import type { Person } from "../support/person.ts";
import type { ReadyJob, Scene } from "../support/scene.ts";
import type { TypeName } from "../support/types.ts";

export interface Hold {
  approval?: Partial<ApprovalRequirement>;
  type?: TypeName;
  /** Who asks for the job; a run of the fleet unless given. */
  by?: Person;
  venture?: string;
}

/** A job that is held until it has the approval it takes. */
export async function hold(scene: Scene, { approval = {}, type = "plain", by, venture = "acme" }: Hold = {}) {
  const id = by
    ? (await by.call<{ id: string }>("submit_job", { venture, type, payload: {} })).id
    : at(await scene.submitted(1, { type, venture }), 0);
  await admitAgain(scene, { id, type, venture }, approval);
  return id;
}

/** Holds a submitted job (again): what admission does. */
export async function admitAgain(
  scene: Scene,
  job: { id: string; type: TypeName; venture: string },
  approval: Partial<ApprovalRequirement> = {},
): Promise<void> {
  await admitJobs(scene.on, scene.worker, 1, [admission(job, "held", "job", approval)]);
}

export async function planOf(scene: Scene, job: string): Promise<string> {
  const [row] = await scene.db.query<{ hash: string }>(
    "select encode(plan_hash, 'hex') as hash from public.jobs where id = $1",
    [job],
  );
  return row?.hash ?? "";
}

/** A decision's state and who is still missing, or the reason that it was refused for. */
export async function decide(
  scene: Scene,
  by: Person,
  job: string,
  verb: string,
  typed: string | null = null,
): Promise<string> {
  const hash = verb === "undo" ? null : await planOf(scene, job);
  return by.call<{ state: string; missing: string | null }>("decide", job, verb, hash, "a reason", typed).then(
    ({ state, missing }) => (missing === null ? state : `${state}, missing ${missing}`),
    (error: unknown) => toHoldpointError(error).reason,
  );
}

/** Its time to undo is over: the gate's verdict on the job's present hint. */
export async function claimNow(scene: Scene, job: string): Promise<string> {
  return (await claimRow(scene, job)).verdict;
}

export async function claimRow(scene: Scene, job: string) {
  await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1 and phase = 'q'", [job]);
  const [hint] = await scene.db.query<ReadyJob>(
    `select id, dispatch_no as "dispatchNo" from public.jobs where id = $1`,
    [job],
  );
  return at(await scene.claim([at([hint], 0)!]), 0);
}

export async function reasonOf(scene: Scene, job: string): Promise<string | null> {
  const [row] = await scene.db.query<{ reason: string | null }>("select reason from public.jobs where id = $1", [job]);
  return row?.reason ?? null;
}

export const lockJob = (job: string) => `select from public.jobs where id = '${job}' for update`;
