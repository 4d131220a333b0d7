/**
 * Stops and pauses of random scopes, engaged and lifted in random order, against a model that says which lines may
 * start: dispatch offers exactly those, and the gate lets exactly those pass. A failure prints its seed and path.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { admitJobs, claimJobs, pickReady } from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { checkFor, modelSeconds } from "../support/model-settings.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { TYPE_NAMES, TYPES } from "../support/types.ts";
import type { TypeName } from "../support/types.ts";

const VENTURES = ["acme", "beta"] as const;
const QUEUES = ["job", "priority", "report"] as const;
const LANE_OF = { job: "build", priority: "build", report: "eval" } as const;
const TARGETS = [
  ["everything", ""],
  ...["build", "eval"].map((key) => ["lane", key] as const),
  ...QUEUES.map((key) => ["queue", key] as const),
  ...VENTURES.map((key) => ["venture", key] as const),
  ...TYPE_NAMES.map((key) => ["type", key] as const),
  ["worker", "the-worker"],
  ["paid", ""],
  ["effects", ""],
] as const;
type Target = (typeof TARGETS)[number];

interface Line {
  id: string;
  venture: string;
  type: TypeName;
  queue: (typeof QUEUES)[number];
  paid: boolean;
}
interface Block {
  id: string | null;
  target: Target;
}

let scene: Scene;
let person: Person;
const lines: Line[] = [];
beforeAll(async () => {
  scene = await setScene();
  await scene.addVenture("beta");
  person = await scene.signIn("admin");
  await scene.db.query("update public.workers set name = 'the-worker' where id = $1", [scene.worker.id]);
  for (const venture of VENTURES)
    for (const type of TYPE_NAMES)
      for (const queue of QUEUES)
        for (const paid of [false, true]) {
          const id = at(await scene.submitted(1, { venture, type }), 0);
          await admitJobs(scene.on, scene.worker, 1, [admission({ id, venture, type }, "queued", queue)]);
          if (paid)
            await scene.db.query(
              "update public.jobs set paid = true, estimate_microusd = 1, ceiling_microusd = 1 where id = $1",
              [id],
            );
          lines.push({ id, venture, type, queue, paid });
        }
});
afterAll(() => scene.close());

function covers([scope, key]: Target, line: Line, byWorker: boolean): boolean {
  switch (scope) {
    case "everything":
      return true;
    case "lane":
      return LANE_OF[line.queue] === key;
    case "queue":
      return line.queue === key;
    case "venture":
      return line.venture === key;
    case "type":
      return line.type === key;
    case "worker":
      return byWorker;
    case "paid":
      return line.paid;
    case "effects":
      return TYPES[line.type].effect_kinds.length > 0;
    default:
      return scope satisfies never;
  }
}
const mayStart = (blocks: readonly Block[], byWorker: boolean) =>
  lines
    .filter((line) => !blocks.some((block) => covers(block.target, line, byWorker)))
    .map((line) => line.id)
    .toSorted();

async function offered(): Promise<string[]> {
  const ids: string[] = [];
  for (const queue of QUEUES) {
    const rows = await pickReady(scene.on, scene.worker, { queue, want: 100, cursor: "", out: [], look: true });
    for (const row of rows) if (row.kind === "ready" && row.job_id !== null) ids.push(row.job_id);
  }
  return ids.toSorted();
}

/** The gate's answer to all lines at once; nothing of it stays. */
async function passed(): Promise<string[]> {
  await scene.on.query("begin");
  const ids = lines.map((line) => line.id);
  const rows = await claimJobs(
    scene.on,
    scene.worker,
    crypto.randomUUID(),
    "build",
    ids,
    ids.map(() => 1),
  );
  await scene.on.query("rollback");
  expect(new Set(rows.map((row) => row.verdict))).not.toContain("stale");
  return rows
    .filter((row) => row.verdict !== "blocked")
    .map((row) => row.job_id)
    .toSorted();
}

const step = fc.record({ engage: fc.nat(9), pick: fc.nat(999) }, { noNullPrototype: true });

it("which lines may start is what stops and pauses leave, however they overlap", { timeout: 60_000 }, async () => {
  await checkFor(modelSeconds(4), fc.array(step, { minLength: 6, maxLength: 12 }), async (steps) => {
    const blocks: Block[] = [];
    await scene.db.query("delete from public.blocks");
    for (const { engage, pick } of steps) {
      const target = at(TARGETS, pick);
      const [scope, key] = target;
      if (engage >= 5 && blocks.length > 0) {
        const [block] = blocks.splice(pick % blocks.length, 1);
        if (block === undefined) continue;
        if (block.id === null) await person.call("resume_work", ...block.target);
        else await person.call("lift_stop", block.id, "LIFT");
      } else if (engage % 2 === 0 || ["worker", "paid", "effects"].includes(scope)) {
        const { id } = await person.call<{ id: string }>("engage_stop", scope, key, "a test");
        blocks.push({ id, target });
      } else if (!blocks.some((block) => block.id === null && block.target === target)) {
        await person.call("pause_work", scope, key, "a test");
        blocks.push({ id: null, target });
      }
      expect(await offered()).toEqual(mayStart(blocks, false));
      expect(await passed()).toEqual(mayStart(blocks, true));
    }
  });
});
