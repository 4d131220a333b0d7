import { randomUUID } from "node:crypto";
import pg from "pg";
import type { RecordedCall } from "../checker/history.ts";

/**
 * An admin of the fleet who calls people's functions as role `authenticated` with a live session, as the data API does,
 * and records each call: `info` when the answer was lost and nobody knows whether it took effect.
 */
export class Operator {
  readonly calls: RecordedCall[] = [];
  /** Signals whose sending was acknowledged. */
  readonly sent: string[] = [];
  readonly #pool: pg.Pool;
  readonly #claims: { sub: string; session_id: string; role: string };

  private constructor(pool: pg.Pool, claims: { sub: string; session_id: string; role: string }) {
    this.#pool = pool;
    this.#claims = claims;
  }

  static async create(ownerUrl: string): Promise<Operator> {
    const pool = new pg.Pool({
      connectionString: ownerUrl,
      max: 3,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
    });
    // The database is restarted under it: the next call opens a new connection.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => client.on("error", () => undefined));
    const user = randomUUID();
    const session = randomUUID();
    await pool.query("insert into auth.users (id, email) values ($1, 'nemesis@example.test')", [user]);
    await pool.query("insert into auth.sessions (id, user_id) values ($1, $2)", [session, user]);
    await pool.query("select holdpoint.create_operator($1, 'nemesis@example.test', 'admin', 'fleet', false)", [user]);
    return new Operator(pool, { sub: user, session_id: session, role: "authenticated" });
  }

  /** The function's answer; null when it refused or nobody knows. */
  async call(verb: string, sql: string, values: unknown[]): Promise<Record<string, unknown> | null> {
    let client: pg.PoolClient | null = null;
    try {
      client = await this.#pool.connect();
      await client.query("begin");
      await client.query(
        "select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true), set_config('role', 'authenticated', true)",
        [JSON.stringify(this.#claims), this.#claims.sub],
      );
      const { rows } = await client.query<{ answer: Record<string, unknown> }>(`select ${sql} as answer`, values);
      await client.query("commit");
      client.release();
      const answer = rows[0]?.answer ?? null;
      this.calls.push({ verb, outcome: "ok", jobId: typeof answer?.["id"] === "string" ? answer["id"] : null });
      return answer;
    } catch (error) {
      const refused = error instanceof pg.DatabaseError && (error.code ?? "").startsWith("PT");
      this.calls.push({ verb, outcome: refused ? "fail" : "info", jobId: null });
      client?.release(true);
      return null;
    }
  }

  submit(
    type: string,
    venture: string,
    payload: object,
    key: string | null,
    more: object = {},
  ): Promise<Record<string, unknown> | null> {
    const request = { type, venture, payload, ...(key === null ? {} : { key }), ...more };
    return this.call("submit", "public.submit_job($1)", [JSON.stringify(request)]);
  }

  cancel(jobId: string): Promise<unknown> {
    return this.call("cancel", "public.cancel_job($1, 'nemesis')", [jobId]);
  }

  decide(jobId: string, verb: string, planHash: string | null): Promise<unknown> {
    return this.call("decide", "public.decide($1, $2, $3, 'nemesis')", [jobId, verb, planHash]);
  }

  /** Previews and starts an operation on many; repeats the start as a client does that did not hear. */
  async bulk(verb: "release" | "discard", filter: object): Promise<string | null> {
    const preview = await this.call("preview_bulk", "public.preview_bulk($1)", [JSON.stringify({ filter })]);
    if (typeof preview?.["as_of"] !== "string") return null;
    const id = randomUUID();
    const request = JSON.stringify({
      id,
      verb,
      reason: "nemesis",
      filter,
      as_of: preview["as_of"],
      per_minute: 60_000,
    });
    const first = await this.call("start_bulk", "public.start_bulk($1)", [request]);
    if (first === null) await this.call("start_bulk", "public.start_bulk($1)", [request]);
    return id;
  }

  stopBulk(id: string): Promise<unknown> {
    return this.call("stop_bulk", "public.stop_bulk($1)", [id]);
  }

  resubmit(jobId: string, payload: object): Promise<unknown> {
    const request = JSON.stringify({ payload, reason: "nemesis", key: `edit:${jobId}` });
    return this.call("resubmit", "public.resubmit_job($1, $2)", [jobId, request]);
  }

  replay(jobId: string, request: object): Promise<unknown> {
    return this.call("replay", "public.replay_job($1, $2)", [jobId, JSON.stringify(request)]);
  }

  async send(jobId: string, name: string, id: string): Promise<void> {
    const answer = await this.call("send", "public.send_signal($1, $2, 'null', $3)", [jobId, name, id]);
    if (answer !== null) this.sent.push(id);
  }

  /** Both calls of a stop. Returns its id when the first one answered. */
  async stop(): Promise<string | null> {
    const engaged = await this.call("stop", "public.engage_stop('everything', '', 'nemesis')", []);
    if (typeof engaged?.["id"] !== "string") return null;
    await this.call("confirm", "public.confirm_stop($1)", [engaged["id"]]);
    return engaged["id"];
  }

  lift(id: string): Promise<unknown> {
    return this.call("lift", "public.lift_stop($1, 'LIFT')", [id]);
  }

  /** Refused when it is paused already: another pause is in force then. */
  pause(scope: string, key: string): Promise<unknown> {
    return this.call("pause", "public.pause_work($1, $2, 'nemesis')", [scope, key]);
  }

  resume(scope: string, key: string): Promise<unknown> {
    return this.call("resume", "public.resume_work($1, $2)", [scope, key]);
  }

  drainWorker(name: string): Promise<unknown> {
    return this.call("drain", "public.drain_worker($1, 'nemesis')", [name]);
  }

  undrainWorker(name: string): Promise<unknown> {
    return this.call("undrain", "public.undrain_worker($1)", [name]);
  }

  killWorker(name: string): Promise<unknown> {
    return this.call("kill", "public.kill_worker($1, 'nemesis', 'KILL')", [name]);
  }

  /** Refused when another version has come into force meanwhile. */
  activatePolicy(over: number, source: string, document: object): Promise<unknown> {
    const request = JSON.stringify({ over, source, document });
    return this.call("activate", "public.activate_policy($1)", [request]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
