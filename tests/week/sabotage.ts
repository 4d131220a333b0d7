import type { SimDatabase } from "./clock/sim-database.ts";
import type { WeekOptions } from "./sim/week.ts";

/** Replaces a part of a function's text in this database; throws when it is not there, so that no sabotage rots unseen. */
async function rewrite(db: SimDatabase, name: string, part: string | RegExp, by: string): Promise<void> {
  const [row] = await db.query<{ text: string }>(
    "select pg_get_functiondef(p.oid) as text from pg_proc p where p.oid::regproc::text = $1",
    [name],
  );
  if (row === undefined) throw new Error(`there is no function ${name}`);
  const changed = row.text.replace(part, by);
  if (changed === row.text) throw new Error(`${name} does not hold ${String(part)}`);
  await db.query(changed);
}

/** Rules that are taken out, each with what the checks must call it. */
export const SABOTAGES: Readonly<
  Record<string, { rules: readonly string[]; by: (db: SimDatabase) => Promise<void>; in?: Partial<WeekOptions> }>
> = {
  "the gate does not look whether a cap is full": {
    rules: ["caps"],
    in: { capFactor: 0.3 },
    by: async (db) => {
      await rewrite(db, "holdpoint.reserve_money", "v_full := v_full or v_used[v_c] + v_need > v_caps[v_c];", "");
      await db.query("alter table public.cap_usage drop constraint cap_usage_within");
    },
  },
  "admission lets held jobs go, and the gate does not ask for the decision": {
    rules: ["gate"],
    by: async (db) => {
      await letHeldGo(db);
      await rewrite(db, "holdpoint.claim_judged", "when l.needs_approval and not d.decided then 'held'", "");
      await rewrite(db, "holdpoint.claim_at_once", / and not j\.needs_approval/, "");
    },
  },
  "a retry is not counted": {
    rules: ["retries"],
    by: (db) =>
      rewrite(db, "holdpoint.end_run", "retries_used = j.retries_used + p_retry", "retries_used = j.retries_used"),
  },
  "an open intent of a dead run is called again at once, without asking": {
    rules: ["deeds", "effects"],
    in: { crashIn: 3, crashAt: ["after the call"] },
    by: (db) => rewrite(db, "holdpoint.begin_effect", "if not v_fresh and v.token <> p_token then", "if false then"),
  },
  "a stop keeps nobody from claiming": {
    rules: ["one stop"],
    by: async (db) => {
      await rewrite(db, "holdpoint.covers", "when 'everything' then true", "when 'everything' then false");
      await rewrite(db, "holdpoint.pick_ready", "b.scope = 'everything' or ", "");
    },
  },
  "signals get lost, parked jobs run at once, first starts are not counted, and a dropped month takes its keys along": {
    rules: ["signals", "resumes", "first starts", "retention"],
    in: { firstStarts: 8 },
    by: async (db) => {
      await skipInserts(db, "public.signals", "new.no = 1");
      const parks =
        /('queued', 'parked', [^;]*'until', holdpoint\.micros\(v_run_at\)\), p_at, p_run_at => )v_run_at(?=\);\s+update)/;
      await rewrite(db, "holdpoint.park_run", parks, "$1p_at");
      await skipInserts(db, "holdpoint.limit_usage", "true");
      const dropped = "update holdpoint.dropped_months set dropped_at";
      await rewrite(
        db,
        "holdpoint.drop_month",
        dropped,
        `delete from holdpoint.idempotency_keys where key like 'old-%'; ${dropped}`,
      );
    },
  },
  "keys let all run and skip when they are free, standing approvals have no end, bulk decisions take what came later, dry runs act":
    {
      rules: ["limits", "keys", "standing", "bulk", "dry runs"],
      in: { failFactor: 6, capFactor: 3 },
      by: async (db) => {
        await rewrite(db, "holdpoint.enter_key", /v_busy := \(select .*? >= v_key\.max;/g, "v_busy := false;");
        await rewrite(db, "holdpoint.enter_key", "if v_busy and v_key.strategy = 'skip'", "if v_key.strategy = 'skip'");
        await rewrite(db, "holdpoint.use_one_standing", "s.uses < coalesce(s.max_uses, s.uses + 1)", "true");
        await db.query("alter table public.standing_approvals drop constraint standing_uses");
        await rewrite(db, "start_bulk", "bulk_matches(v_filter, v_as_of)", "bulk_matches(v_filter, v_now)");
        await rewrite(db, "replay_job", "v_dry := holdpoint.optional_boolean(p_request, 'dry_run')", "v_dry := false");
      },
    },
};

/** Rows of a table for which the condition holds are not written, and nobody is told. */
async function skipInserts(db: SimDatabase, table: string, when: string): Promise<void> {
  const name = `sim.skip_${table.replace(".", "_")}`;
  await db.query(`create function ${name}() returns trigger language plpgsql as $$ begin return null; end $$`);
  await db.query(
    `create trigger skip before insert on ${table} for each row when (${when}) execute function ${name}()`,
  );
}

/** Only the first of two guards: what admission would hold is queued. */
export async function letHeldGo(db: SimDatabase): Promise<void> {
  const guard = /if 'held' = any \(p_decisions\) then .*? end if;/;
  await rewrite(db, "holdpoint.admit_jobs", guard, "p_decisions := array_replace(p_decisions, 'held', 'queued');");
}
