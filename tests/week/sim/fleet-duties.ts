import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes, randomUUID } from "node:crypto";
import { heartbeat, pickTasks, registerWorker } from "@holdpoint/db/runtime";
import { TASK_QUEUES } from "@holdpoint/policy";
import { AdmissionDuty } from "../../../apps/worker/src/duties/admission/admission.ts";
import { PolicyReader } from "../../../apps/worker/src/duties/admission/active-policy.ts";
import { TrustedSubmitter } from "../../../apps/worker/src/duties/admission/submit-trusted.ts";
import { BulkDuty } from "../../../apps/worker/src/duties/bulk.ts";
import { JanitorDuty } from "../../../apps/worker/src/duties/janitor.ts";
import { PartitionsDuty } from "../../../apps/worker/src/duties/partitions.ts";
import { SealingDuty } from "../../../apps/worker/src/duties/sealing.ts";
import type { Catalogue } from "../../../apps/worker/src/handlers/catalogue.ts";
import { createLog } from "../../../apps/worker/src/log.ts";
import { openDatabases, type Access } from "../../../apps/worker/src/runtime/databases.ts";
import { TASK_CONSUMERS } from "../../../apps/worker/src/tasks/index.ts";

const TASKS_AT_ONCE = 100;
const BULK_TURNS = 50;

/** The fleet's real duties (admission, janitor, bulk, sealing, partitions, task consumers) in a process without lanes, called in turn. */
export class FleetDuties {
  readonly submitter: TrustedSubmitter;
  readonly #access: Access;
  readonly #admission: AdmissionDuty;
  readonly #bulk: BulkDuty;
  readonly #janitor: JanitorDuty;
  readonly #partitions: PartitionsDuty;
  readonly #sealing: SealingDuty;
  readonly #policies: PolicyReader;
  readonly #log = createLog("error", "week");
  readonly #folder = mkdtempSync(join(tmpdir(), "holdpoint-week-"));
  /** Where sealed checkpoints are anchored outside of the database. */
  readonly anchorFile = join(this.#folder, "checkpoints.jsonl");

  private constructor(access: Access, catalogue: Catalogue, leaseMs: number) {
    this.#access = access;
    this.#policies = new PolicyReader(access.databases.work, access.caller);
    this.submitter = new TrustedSubmitter(access.databases.work, access.caller, catalogue);
    this.#admission = new AdmissionDuty({ access, catalogue, log: this.#log });
    this.#bulk = new BulkDuty(access);
    this.#janitor = new JanitorDuty(access, leaseMs / 30);
    this.#partitions = new PartitionsDuty({ access, artifactsDir: join(this.#folder, "artifacts"), log: this.#log });
    this.#sealing = new SealingDuty({ access, anchorFile: this.anchorFile });
  }

  static async start(workerUrl: string, catalogue: Catalogue, leaseMs: number): Promise<FleetDuties> {
    const databases = openDatabases(workerUrl, createLog("error", "week"));
    const key = randomBytes(32).toString("hex");
    const { worker_id } = await registerWorker(databases.work, {
      name: "duties",
      instance: randomUUID(),
      key,
      host: "the week",
      lanes: [],
      slots: 0,
      version: "week",
      schemaMin: 1,
      schemaMax: 1,
      isolation: "bubblewrap",
      types: [],
    });
    return new FleetDuties({ databases, caller: { id: worker_id, key } }, catalogue, leaseMs);
  }

  async admit(): Promise<void> {
    while (await this.#admission.runOnce());
  }

  /** Renews itself, and ends what nobody else will. */
  async tend(): Promise<void> {
    const { databases, caller } = this.#access;
    await heartbeat(databases.heartbeat, caller, [], { event_loop_delay_ms: 1, lanes: {} });
    while (await this.#janitor.runOnce());
    // What is throttled has its turn again when time has passed.
    for (let turn = 0; turn < BULK_TURNS && (await this.#bulk.runOnce()); turn++);
  }

  /** Makes the months to come, and drops those whose time is over. */
  async makePartitions(): Promise<void> {
    while (await this.#partitions.runOnce());
  }

  async seal(): Promise<void> {
    while (await this.#sealing.runOnce());
  }

  /** What the five task queues carry, by the real consumers. */
  async consumeTasks(): Promise<number> {
    let done = 0;
    for (const queue of TASK_QUEUES) {
      const tasks = await pickTasks(this.#access.databases.work, this.#access.caller, queue, TASKS_AT_ONCE, []);
      const tools = {
        access: this.#access,
        artifactsDir: join(this.#folder, "artifacts"),
        policies: this.#policies,
        log: this.#log,
      };
      for (const task of tasks) await TASK_CONSUMERS[queue](task, tools);
      done += tasks.length;
    }
    return done;
  }

  async close(): Promise<void> {
    this.#admission.close();
    await this.#access.databases.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
