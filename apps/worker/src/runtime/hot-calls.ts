import { randomUUID } from "node:crypto";
import { isConnectionLoss, isContention, toHoldpointError } from "@holdpoint/db";
import { claimJobs, settleRuns } from "@holdpoint/db/runtime";
import type { Caller, ClaimedRow, Queryable, SettledRow, Settlement } from "@holdpoint/db/runtime";
import type { Lane } from "@holdpoint/policy";
import type { Log } from "../log.ts";
import { Fifo } from "../lanes/fifo.ts";
import { backoff } from "./backoff.ts";
import { elapsedMs, moment } from "./clock.ts";
import type { Moment } from "./clock.ts";
import { HOT_CONNECTIONS } from "./databases.ts";

/** A hint whose slot asks for a lease. */
export interface ClaimTicket {
  readonly jobId: string;
  readonly dispatchNo: number;
  /** The gate's answer and when the call was sent; null: no answer could be had. */
  claimAnswered(row: ClaimedRow | null, sent: Moment): void;
}

/** A run whose handler has ended. */
export interface SettleTicket {
  settlement(): Settlement;
  /** Null: it could not be settled; its lease will be freed because nobody lists it. */
  settleAnswered(row: SettledRow | null): void;
  /** The database refused this one settlement as malformed; answers a plain failure to record instead. */
  replaceSettlement(error: Error): Settlement;
}

export interface HotCallsOptions {
  db: Queryable;
  caller: Caller;
  /** L/30 of the shortest lease: an answer later than this is dropped and asked for again. */
  dropClaimAfter: number;
  log: Log;
  /** The fleet ended this process. */
  onEnded: (reason: string) => void;
}

const MAX_BATCH = 200;

/**
 * Claims and settles, gathered per tick and sent over two connections, the longer list first, and claims of two that are
 * equal: their slots are idle. Nobody waits for a timer: a call leaves as soon as a connection is free, and what comes
 * meanwhile makes the next batch.
 */
export class HotCalls {
  readonly #options: HotCallsOptions;
  readonly #claims = new Map<Lane, Fifo<ClaimTicket>>();
  readonly #settles = new Fifo<SettleTicket>();
  readonly #gaveUp = new AbortController();
  #free = HOT_CONNECTIONS;
  #scheduled = false;
  /** For the benchmark and for tests. */
  readonly counts = { claimCalls: 0, claims: 0, settleCalls: 0, settles: 0, repeats: 0, refused: 0 };

  constructor(options: HotCallsOptions) {
    this.#options = options;
  }

  claim(lane: Lane, ticket: ClaimTicket): void {
    let list = this.#claims.get(lane);
    if (list === undefined) {
      list = new Fifo();
      this.#claims.set(lane, list);
    }
    list.push(ticket);
    this.#kick();
  }

  settle(ticket: SettleTicket): void {
    this.#settles.push(ticket);
    this.#kick();
  }

  /** Whether anything is under way or waits to be sent. */
  get idle(): boolean {
    return this.#free === HOT_CONNECTIONS && this.#settles.size === 0 && this.#longestClaims() === null;
  }

  /** Stops repeating: calls that find no database are answered with null. */
  giveUp(): void {
    this.#gaveUp.abort();
  }

  #kick(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    while (this.#free > 0) {
      const longest = this.#longestClaims();
      if (longest !== null && longest.list.size >= this.#settles.size) {
        this.#send(this.#claimBatch(longest.lane, longest.list.take(MAX_BATCH), randomUUID()));
      } else if (this.#settles.size > 0) {
        this.#send(this.#settleBatch(this.#settles.take(MAX_BATCH)));
      } else return;
    }
  }

  #longestClaims(): { lane: Lane; list: Fifo<ClaimTicket> } | null {
    let longest: { lane: Lane; list: Fifo<ClaimTicket> } | null = null;
    for (const [lane, list] of this.#claims) {
      if (list.size > (longest?.list.size ?? 0)) longest = { lane, list };
    }
    return longest;
  }

  #send(batch: Promise<void>): void {
    this.#free -= 1;
    batch
      .catch((error: unknown) => this.#options.log.error({ error }, "a batch was not answered"))
      .finally(() => {
        this.#free += 1;
        this.#kick();
      });
  }

  async #claimBatch(lane: Lane, tickets: readonly ClaimTicket[], request: string): Promise<void> {
    const { db, caller, dropClaimAfter } = this.#options;
    const ids = tickets.map((ticket) => ticket.jobId);
    const nos = tickets.map((ticket) => ticket.dispatchNo);
    for (let attempt = 1; ; attempt++) {
      const sent = moment();
      try {
        const rows = await claimJobs(db, caller, request, lane, ids, nos);
        // Late, a heartbeat may be freeing these leases as unlisted: only what still stands may run.
        if (elapsedMs(sent) <= dropClaimAfter) {
          this.#deliverClaims(tickets, rows, sent);
          return;
        }
        this.counts.repeats += 1;
        if (this.#gaveUp.signal.aborted) return answerAll(tickets, sent);
      } catch (error) {
        const next = await this.#afterError(error, attempt, tickets.length);
        if (next === "give up") return answerAll(tickets, sent);
        if (next === "split") {
          const middle = Math.ceil(tickets.length / 2);
          // The failed call was rolled back whole, so the halves are requests of their own.
          await this.#claimBatch(lane, tickets.slice(0, middle), randomUUID());
          await this.#claimBatch(lane, tickets.slice(middle), randomUUID());
          return;
        }
      }
    }
  }

  #deliverClaims(tickets: readonly ClaimTicket[], rows: readonly ClaimedRow[], sent: Moment): void {
    this.counts.claimCalls += 1;
    this.counts.claims += tickets.length;
    const byOrd: (ClaimedRow | undefined)[] = [];
    for (const row of rows) byOrd[row.ord] = row;
    for (let i = 0; i < tickets.length; i++) {
      const row = byOrd[i + 1] ?? null;
      if (row === null || row.token === null) this.counts.refused += 1;
      tickets[i]?.claimAnswered(row, sent);
    }
  }

  async #settleBatch(tickets: readonly SettleTicket[]): Promise<void> {
    const { db, caller, log } = this.#options;
    let items = tickets.map((ticket) => ticket.settlement());
    for (let attempt = 1; ; attempt++) {
      try {
        const rows = await settleRuns(db, caller, items);
        this.counts.settleCalls += 1;
        this.counts.settles += tickets.length;
        const byOrd: (SettledRow | undefined)[] = [];
        for (const row of rows) byOrd[row.ord] = row;
        for (let i = 0; i < tickets.length; i++) tickets[i]?.settleAnswered(byOrd[i + 1] ?? null);
        return;
      } catch (error) {
        const next = await this.#afterError(error, attempt, tickets.length);
        const [only] = tickets;
        if (next === "split" && only !== undefined) {
          const middle = Math.ceil(tickets.length / 2);
          await this.#settleBatch(tickets.slice(0, middle));
          await this.#settleBatch(tickets.slice(middle));
          return;
        }
        if (
          next === "give up" &&
          tickets.length === 1 &&
          only !== undefined &&
          attempt === 1 &&
          !this.#gaveUp.signal.aborted
        ) {
          log.warn({ error, job: items[0]?.jobId }, "a result could not be recorded; the run is settled as failed");
          items = [only.replaceSettlement(toHoldpointError(error))];
          continue;
        }
        if (next === "give up") {
          for (const ticket of tickets) ticket.settleAnswered(null);
          return;
        }
      }
    }
  }

  /** What to do after a failed call: repeat it as it was, repeat its halves, or tell everyone that there is no answer. */
  async #afterError(error: unknown, attempt: number, size: number): Promise<"repeat" | "split" | "give up"> {
    const { log, onEnded } = this.#options;
    const problem = toHoldpointError(error);
    if (problem.reason === "worker_ended" || problem.reason === "unknown_worker") {
      onEnded(problem.message);
      return "give up";
    }
    if (this.#gaveUp.signal.aborted) return "give up";
    if (isContention(error)) {
      await backoff(attempt, this.#gaveUp.signal);
      return attempt >= 2 && size > 1 ? "split" : "repeat";
    }
    if (isConnectionLoss(error)) {
      if (attempt === 1) log.warn({ reason: problem.reason }, "the database did not answer; repeating");
      this.counts.repeats += 1;
      await backoff(attempt, this.#gaveUp.signal);
      return this.#gaveUp.signal.aborted ? "give up" : "repeat";
    }
    log.error({ error, size }, "the database refused a call");
    return size > 1 ? "split" : "give up";
  }
}

function answerAll(tickets: readonly ClaimTicket[], sent: Moment): void {
  for (const ticket of tickets) ticket.claimAnswered(null, sent);
}
