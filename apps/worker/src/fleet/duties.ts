import { AdmissionDuty } from "../duties/admission/admission.ts";
import { BulkDuty } from "../duties/bulk.ts";
import { DispatchDuty } from "../duties/dispatch/dispatch.ts";
import { FleetView } from "../duties/dispatch/fleet-view.ts";
import { DutyLoop } from "../duties/duty-loop.ts";
import { JanitorDuty } from "../duties/janitor.ts";
import { PartitionsDuty } from "../duties/partitions.ts";
import { SealingDuty } from "../duties/sealing.ts";
import type { QueueTransport } from "@holdpoint/queues";
import type { Catalogue } from "../handlers/catalogue.ts";
import type { Log } from "../log.ts";
import type { Access } from "../runtime/databases.ts";
import type { RunTimes } from "../runtime/run-times.ts";

export interface DutiesOptions {
  access: Access;
  transport: QueueTransport;
  catalogue: Catalogue;
  times: RunTimes;
  anchorFile: string;
  artifactsDir: string;
  renewEveryMs: number;
  log: Log;
}

/** The fleet's background loops in this process. Each is led by one process of the fleet at a time. */
export class Duties {
  readonly dispatch: DispatchDuty;
  readonly #admission: AdmissionDuty;
  readonly #loops: readonly DutyLoop[];
  readonly #dispatchLoop: DutyLoop;
  readonly #admissionLoop: DutyLoop;
  readonly #bulkLoop: DutyLoop;

  constructor(options: DutiesOptions) {
    const { access, transport, catalogue, times, anchorFile, artifactsDir, renewEveryMs, log } = options;
    const fleet = new FleetView(access, times);
    this.dispatch = new DispatchDuty({ access, transport, fleet, log, wake: () => this.#dispatchLoop.wake() });
    this.#admission = new AdmissionDuty({ access, catalogue, log });
    this.#dispatchLoop = new DutyLoop(this.dispatch, { access, log });
    this.#admissionLoop = new DutyLoop(this.#admission, { access, log });
    this.#bulkLoop = new DutyLoop(new BulkDuty(access), { access, log });
    this.#loops = [
      this.#admissionLoop,
      this.#dispatchLoop,
      this.#bulkLoop,
      new DutyLoop(new JanitorDuty(access, renewEveryMs), { access, log }),
      new DutyLoop(new SealingDuty({ access, anchorFile }), { access, log }),
      new DutyLoop(new PartitionsDuty({ access, artifactsDir, log }), { access, log }),
    ];
  }

  get dispatching(): boolean {
    return this.#dispatchLoop.leading;
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** A NOTIFY on holdpoint_wake: 'submit', 'ready', 'ready:QUEUE', 'task', 'preview' or 'bulk'. */
  woken(what: string): void {
    if (what === "submit") this.#admissionLoop.wake();
    else if (what === "bulk") this.#bulkLoop.wake();
    else if (what === "preview") {
      this.#admission.previewAsked();
      this.#admissionLoop.wake();
    } else this.dispatch.woken(what);
  }

  async close(): Promise<void> {
    this.#admission.close();
    await Promise.all(this.#loops.map((loop) => loop.close()));
  }
}
