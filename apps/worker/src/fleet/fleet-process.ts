import { PolicyReader } from "../duties/admission/active-policy.ts";
import { endWorker } from "@holdpoint/db/runtime";
import type { Control } from "@holdpoint/db/runtime";
import { HoldpointError, LANE_QUEUES, isJobQueue } from "@holdpoint/policy";
import type { JobQueue } from "@holdpoint/policy";
import { createQueues } from "@holdpoint/queues";
import type { Hint, QueueTransport } from "@holdpoint/queues";
import { runAlone } from "../alone/run-alone.ts";
import type { WorkerEnv } from "../env.ts";
import { EXIT } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Catalogue } from "../handlers/catalogue.ts";
import { JobLane } from "../lanes/job-lane.ts";
import { TaskLane } from "../lanes/task-lane.ts";
import type { Log } from "../log.ts";
import type { ProcessGroups } from "../process/process-groups.ts";
import type { ActiveRun } from "../runtime/active-run.ts";
import { ArtifactStore } from "../runtime/artifact-store.ts";
import { ControlLink } from "../runtime/control-link.ts";
import type { Access } from "../runtime/databases.ts";
import { Heartbeater } from "../runtime/heartbeater.ts";
import { HotCalls } from "../runtime/hot-calls.ts";
import { LeaseClock } from "../runtime/lease-clock.ts";
import { LogWriter } from "../runtime/log-writer.ts";
import { OpenRuns } from "../runtime/open-runs.ts";
import { RunTimes } from "../runtime/run-times.ts";
import { Runner } from "../runtime/runner.ts";
import { VentureCache } from "../runtime/venture-cache.ts";
import { Consumers, messagesOf } from "./consumers.ts";
import { Duties } from "./duties.ts";
import { LoopDelay } from "./loop-delay.ts";
import { leaveInOrder } from "./leave.ts";

/** A message in the hands of a process that died comes back after about this long; coming back early does no harm. */
const MESSAGE_LOCK_MS = 20_000;

export interface FleetProcessOptions {
  env: WorkerEnv;
  access: Access;
  leaseMs: number;
  /** It was registered as standby: it takes no work until the fleet promotes it. */
  standby: boolean;
  stopKillMs: number;
  catalogue: Catalogue;
  groups: ProcessGroups;
  log: Log;
  /** The process is over: everything that could be given back was given back. */
  onLeft: (code: ExitCode, reason: string) => void;
}

/**
 * Everything of one worker process that has registered: its connections to queues, its lanes and duties, its leases.
 * It runs until it is told to leave, and tells when it has left.
 */
export class FleetProcess {
  readonly transport: QueueTransport;
  readonly runs: OpenRuns;
  readonly calls: HotCalls;
  readonly clock: LeaseClock;
  readonly duties: Duties;
  readonly jobLanes: readonly JobLane[];
  readonly taskLane: TaskLane | null;
  readonly logs: LogWriter;
  readonly heartbeater: Heartbeater;
  readonly control: ControlLink;
  readonly options: FleetProcessOptions;
  readonly #times = new RunTimes();
  readonly #loopDelay = new LoopDelay();
  #consumers: Consumers | null = null;
  #turn: NodeJS.Timeout | null = null;
  #stops = 0;
  #taking = false;
  #draining = false;
  /** A handler that ignores its abort: only the end of this process ends it, so it drains for good. */
  #wornOut = false;
  #standby = false;
  #halted = false;
  #leaving = false;
  readonly #forOthers: (Hint & { queue: JobQueue })[] = [];

  constructor(options: FleetProcessOptions) {
    const { env, access, catalogue, log } = options;
    this.options = options;
    this.transport = openQueues(env, log);
    this.clock = new LeaseClock(options.leaseMs);
    this.runs = new OpenRuns({ log, stuckAfterMs: options.stopKillMs, onStuck: (run) => this.#onStuck(run) });
    const shortest = Math.min(options.leaseMs, catalogue.shortestLeaseMs ?? Infinity);
    const onEnded = (reason: string): void => this.#onEnded(reason);
    this.calls = new HotCalls({
      db: access.databases.hot,
      caller: access.caller,
      dropClaimAfter: Math.floor(shortest / 30),
      log,
      onEnded,
    });
    this.logs = new LogWriter(access, log);
    const runner = this.#makeRunner();
    this.duties = new Duties({
      access,
      transport: this.transport,
      catalogue,
      times: this.#times,
      anchorFile: env.anchorFile,
      artifactsDir: env.artifactsDir,
      renewEveryMs: this.clock.times.renewEvery,
      log,
    });
    this.jobLanes = (["build", "eval"] as const).flatMap((name) => {
      const slots = env.lanes[name];
      return slots === undefined ? [] : [this.#makeJobLane(name, slots, runner)];
    });
    this.taskLane =
      env.lanes.recovery === undefined
        ? null
        : new TaskLane({
            slots: env.lanes.recovery,
            tools: {
              access,
              artifactsDir: env.artifactsDir,
              policies: new PolicyReader(access.databases.work, access.caller),
              log,
            },
            done: (queue, id) => this.duties.dispatch.taskDone(queue, id),
          });
    this.heartbeater = new Heartbeater({
      access,
      runs: this.runs,
      clock: this.clock,
      progress: () => this.#progress(),
      onRenewed: () => this.#pump(),
      onEnded,
      onKilled: () => this.#onKilled(),
      log,
    });
    this.control = new ControlLink({
      access,
      directUrl: env.directUrl,
      onControl: (control) => this.#onControl(control),
      onWake: (what) => this.duties.woken(what),
      watching: () => this.#stops > 0 && this.runs.size > 0,
      onEnded,
      log,
    });
  }

  /** Takes no work until the fleet promotes it. */
  get standby(): boolean {
    return this.#standby;
  }

  /** Starts everything; resolves when the process takes work, or is standby. */
  async start(): Promise<void> {
    await this.#checkQueue();
    this.#setStandby(this.options.standby);
    await this.heartbeater.start();
    await this.control.start();
    this.duties.start();
    this.#consumers = new Consumers(this.transport, this.jobLanes, this.taskLane);
    if (this.#draining || this.#standby || this.#halted) this.#consumers.pause();
    else this.#taking = true;
    this.#turn = setInterval(() => this.#everySecond(), 1_000);
  }

  /** Takes nothing new. What waits for a slot is given back at once. */
  stopTaking(): void {
    this.#taking = false;
    this.#consumers?.pause();
    for (const lane of this.jobLanes) lane.close();
  }

  /** Takes work again, where nothing else speaks against it. */
  #takeAgain(): void {
    if (this.#draining || this.#standby || this.#halted || this.#leaving) return;
    for (const lane of this.jobLanes) lane.open();
    this.#taking = true;
    this.#consumers?.resume();
  }

  /** Ends everything in order, in under 10 s, whatever is down. Runs that do not end in time are lost, not failed. */
  async leave(code: ExitCode, reason: string, graceMs?: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    if (this.#turn !== null) clearInterval(this.#turn);
    await leaveInOrder(this, reason, graceMs);
    this.#loopDelay.close();
    this.options.onLeft(code, reason);
  }

  /** The process's last word to the database. */
  async sayGoodbye(reason: string): Promise<void> {
    const { databases, caller } = this.options.access;
    await endWorker(databases.heartbeat, caller, reason);
  }

  #makeRunner(): Runner {
    const { env, access, catalogue, groups, stopKillMs, log } = this.options;
    const alone = { access, groups, workerName: env.name, killAfterMs: stopKillMs * 0.8, log };
    return new Runner({
      catalogue,
      calls: this.calls,
      runs: this.runs,
      ventures: new VentureCache(access),
      parts: { access, logs: this.logs, artifacts: new ArtifactStore(env.artifactsDir, access) },
      times: this.#times,
      runAlone: (context, run) => runAlone({ ...alone, context, run }),
      settled: () => this.duties.dispatching && this.duties.dispatch.settled(),
      log,
    });
  }

  /** A queue that is away will be back; one that may drop what it is given is refused. */
  async #checkQueue(): Promise<void> {
    try {
      await this.transport.ping();
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.retryable) {
        this.options.log.warn({ error }, "the queue cannot be reached; jobs wait in the database until it is back");
        return;
      }
      await this.sayGoodbye(error.reason);
      throw error;
    }
  }

  #makeJobLane(name: "build" | "eval", slots: number, runner: Runner): JobLane {
    const lane: JobLane = new JobLane({
      name,
      slots,
      queues: LANE_QUEUES[name].filter((queue): queue is JobQueue => isJobQueue(queue)),
      firstIsUrgent: name === "build",
      messages: messagesOf(this.transport.kind, slots),
      calls: this.calls,
      mayClaim: () => this.#taking && this.clock.mayClaim(),
      start: (row, sent, slot) => runner.start(row, sent, lane, slot),
      answered: (queue, hint, verdict) => {
        if (this.duties.dispatching) this.duties.dispatch.answered(queue, hint, verdict);
        else if (verdict === "older") this.#forOthers.push({ queue, jobId: hint.jobId, dispatchNo: hint.dispatchNo });
      },
      turnedAway: (queue, { jobId, dispatchNo }) => {
        if (this.#forOthers.push({ queue, jobId, dispatchNo }) === 1) setImmediate(() => this.#passOn());
      },
    });
    return lane;
  }

  /** Hints that this process may not take, or of types that it does not know, go back to their queues for the others. */
  #passOn(): void {
    for (const [queue, hints] of Map.groupBy(this.#forOthers.splice(0), (hint) => hint.queue)) {
      this.transport
        .addHints(
          queue,
          hints.map(({ jobId, dispatchNo }) => [{ jobId, dispatchNo }]),
        )
        // They are looked up and offered again without us.
        .catch((error: unknown) => this.options.log.warn({ error, queue }, "hints could not be passed on"));
    }
  }

  #pump(): void {
    for (const lane of this.jobLanes) lane.pump();
  }

  #everySecond(): void {
    for (const lane of this.jobLanes) lane.giveBack();
    this.#passOn();
    this.taskLane?.turn();
    if (this.#draining && this.runs.size === this.runs.stuck.size) {
      this.#leaveSoon(this.runs.stuck.size > 0 ? EXIT.startAgain : EXIT.done, "drained");
    }
  }

  #progress(): unknown {
    const lanes: { [lane: string]: unknown } = {};
    for (const lane of this.jobLanes) lanes[lane.name] = lane.report();
    if (this.taskLane !== null) lanes[this.taskLane.name] = this.taskLane.report();
    return {
      event_loop_delay_ms: this.#loopDelay.take(),
      lanes,
      medians_ms: this.#times.medians(),
      queue: { kind: this.transport.kind, reached: this.#consumers?.healthy ?? false },
    };
  }

  #onControl(control: Control): void {
    this.#stops = control.stops.length;
    this.runs.abortJobs(control.cancels, control.stopped_runs);
    for (const stop of control.stops) {
      for (const lane of this.jobLanes) {
        if (stop.scope === "everything" || (stop.scope === "lane" && stop.key === lane.name)) lane.giveBack(true);
      }
    }
    if (control.ended) this.#onEnded("the fleet ended this process");
    else if (control.killed) this.#onKilled();
    else this.#setDraining(control.draining);
    this.#setStandby(control.standby);
    this.#setHalted(control.halted);
  }

  /** Stopped by its name, it leaves the work to the others instead of taking hints that the gate will refuse. */
  #setHalted(halted: boolean): void {
    if (halted === this.#halted) return;
    this.#halted = halted;
    this.options.log.info(
      halted
        ? "stopped: no work is taken until the stop of this worker is lifted"
        : "the stop of this worker was lifted",
    );
    if (halted) this.stopTaking();
    else this.#takeAgain();
  }

  #setDraining(draining: boolean): void {
    if (draining === this.#draining || this.#wornOut) return;
    this.#draining = draining;
    this.options.log.info(draining ? "draining: no new work is taken" : "no longer draining: work is taken again");
    if (draining) this.stopTaking();
    else this.#takeAgain();
  }

  /** A standby worker beats and leads duties like the others, but takes no work until the fleet promotes it. */
  #setStandby(standby: boolean): void {
    if (standby === this.#standby) return;
    this.#standby = standby;
    const { log } = this.options;
    if (standby) {
      log.info(
        "standby: enough workers work already (settings.max_workers); no work is taken until one of them leaves",
      );
      this.stopTaking();
    } else {
      log.info("promoted from standby: work is taken from now on");
      this.#takeAgain();
    }
  }

  /** A handler ignores its abort: only the end of this process ends it. */
  #onStuck(run: ActiveRun): void {
    if (run.aborted?.why === "stopped") {
      this.#leaveSoon(EXIT.startAgain, "a handler ignored a stop");
    } else {
      this.#draining = true;
      this.#wornOut = true;
      this.stopTaking();
    }
  }

  /** An admin killed this worker: nothing of its runs counts any more, and nobody starts it again by itself. */
  #onKilled(): void {
    for (const run of this.runs.all()) run.abort("lost", "An admin killed this worker.");
    this.#leaveSoon(EXIT.done, "killed", 0);
  }

  #onEnded(reason: string): void {
    for (const run of this.runs.all()) run.abort("lost", reason);
    this.#leaveSoon(EXIT.startAgain, reason);
  }

  #leaveSoon(code: ExitCode, reason: string, graceMs?: number): void {
    this.leave(code, reason, graceMs).catch((error: unknown) => {
      this.options.log.error({ error }, "leaving went wrong");
      this.options.onLeft(EXIT.failed, reason);
    });
  }
}

function openQueues(env: WorkerEnv, log: Log): QueueTransport {
  return createQueues(
    env.redisUrl === null ? { postgresUrl: env.directUrl, schema: "bullmq" } : { redisUrl: env.redisUrl },
    {
      prefix: env.queuePrefix,
      onError: (error, where) => log.debug({ error, where }, "the queue reported an error"),
      lockMs: MESSAGE_LOCK_MS,
    },
  );
}
