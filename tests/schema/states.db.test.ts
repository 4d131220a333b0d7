import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@holdpoint/local/testing";
import {
  DECISION_VERBS,
  EFFECT_KINDS,
  ENDED_STATES,
  ERROR_CLASSES,
  HELD_REASONS,
  JOB_QUEUES,
  JOB_SIZES,
  JOB_STATES,
  LOSS_CAUSES,
  OPERATOR_ROLES,
  QUEUES,
  RETRY_RULES,
  RETRY_TIERS,
  RUN_OUTCOMES,
  TASK_QUEUES,
  TRANSITIONS,
  WAITING_FOR_PERSON,
  hasEnded,
  type JobState,
} from "@holdpoint/policy";
import { absolute } from "./files.ts";

let db: TestDatabase;
let page: string;
beforeAll(async () => {
  db = await createTestDatabase();
  page = await readFile(absolute("docs/states.md"), "utf8");
});
afterAll(() => db.drop());

/** Rows of the Markdown table whose first column is `first`. */
function table(first: string): string[][] {
  const lines = page.split("\n");
  const head = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  const end = lines.findIndex((line, i) => i > head && !line.startsWith("|"));
  return lines.slice(head + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const list = (cell: string | undefined) => (cell ?? "").split(", ");
const arrow = (from: string | null, to: string, by: string, who: readonly string[]) =>
  `${from ?? "–"} → ${to} by ${by} (${[...who].toSorted().join(", ")})`;

describe("docs/states.md", () => {
  it("lists the states of the schema, with their kind", async () => {
    const rows = table("state");
    const states = await db.query<{ name: string }>("select unnest(enum_range(null::public.job_state))::text as name");
    expect(rows.map((row) => row[0] ?? "").toSorted()).toEqual(states.map((row) => row.name).toSorted());
    const ofKind = (kind: string) => rows.filter((row) => row[2] === kind).map((row) => row[0] ?? "");
    expect(ofKind("ended").toSorted()).toEqual([...ENDED_STATES].toSorted());
    expect(ofKind("waiting for a person").toSorted()).toEqual([...WAITING_FOR_PERSON].toSorted());
  });

  it("has the arrows of packages/policy, no more and no fewer", () => {
    const documented = table("from").flatMap(([from, to, by, who]) =>
      list(from).flatMap((f) => list(to).map((t) => arrow(f, t, by ?? "", list(who)))),
    );
    expect(documented.toSorted()).toEqual(TRANSITIONS.map((t) => arrow(t.from, t.to, t.by, t.who)).toSorted());
  });

  it("names functions that the schema has", async () => {
    const inSql: Record<string, string> = {
      submit_job: "public.submit_job",
      admit_jobs: "holdpoint.admit_jobs",
      decide: "public.decide",
      expire: "holdpoint.expire_jobs",
      claim_jobs: "holdpoint.claim_jobs",
      readmit: "holdpoint.readmit_jobs",
      settle_runs: "holdpoint.settle_runs",
      reap: "holdpoint.reap",
      cancel: "public.cancel_job",
    };
    const names = new Set(table("from").map((row) => row[2] ?? ""));
    expect([...names].toSorted()).toEqual(Object.keys(inSql).toSorted());
    const functions = await db.query<{ name: string }>(
      "select distinct p.pronamespace::regnamespace || '.' || p.proname as name from pg_proc p where p.pronamespace::regnamespace::text in ('public', 'holdpoint')",
    );
    expect(functions.map((row) => row.name)).toEqual(expect.arrayContaining(Object.values(inSql)));
  });
});

describe("the schema's constraints state the same machine", () => {
  /** What a row of this state has, as the design says: only ended jobs have an end, only running ones a token, and so on. */
  const right = (state: JobState) => ({
    phase: `holdpoint.phase_of('${state}')`,
    ended_at: hasEnded(state) ? "now()" : "null",
    held_for: state === "held" ? "'approval'" : "null",
    token: state === "running" ? "1" : "null",
    tier: "'small'",
    plan_hash: "'\\x00'",
    cancel_requested_at: state === "canceled" ? "now()" : "null",
    estimate_microusd: "1",
    ceiling_microusd: "2",
    paid: "true",
  });
  const notAdmitted: ReadonlySet<JobState> = new Set(["submitted", "refused", "canceled", "expired"]);
  const wrong = (state: JobState): Partial<ReturnType<typeof right>>[] => [
    { phase: state === "queued" ? "null" : "'q'" },
    { ended_at: hasEnded(state) ? "null" : "now()" },
    { held_for: state === "held" ? "null" : "'approval'" },
    { token: state === "running" ? "null" : "1" },
    ...(notAdmitted.has(state) ? [] : [{ tier: "null" }, { plan_hash: "null" }]),
    ...(state === "running" || state === "canceled" ? [] : [{ cancel_requested_at: "now()" }]),
    { estimate_microusd: "-1" },
    { ceiling_microusd: "0" },
    { paid: "false" },
  ];
  const fits = async (state: JobState, row: { [column: string]: string }): Promise<boolean | undefined> => {
    const named = Object.entries(row).map(([column, value]) => `p_${column} => ${value}`);
    const [answer] = await db.query<{ fits: boolean }>(
      `select holdpoint.fits_state(p_state => '${state}', ${named.join(", ")}) as fits`,
    );
    return answer?.fits;
  };

  it.each(JOB_STATES)("a row that is %s has what the state asks for, and nothing else", async (state) => {
    expect(await fits(state, right(state))).toBe(true);
    for (const change of wrong(state)) expect(await fits(state, { ...right(state), ...change })).toBe(false);
    if (notAdmitted.has(state)) {
      expect(await fits(state, { ...right(state), tier: "null", plan_hash: "null" })).toBe(true);
    }
  });

  it("no row of jobs or limits escapes its rules", async () => {
    const rules = await db.query<{ name: string; rule: string }>(
      `select conname as name, pg_get_constraintdef(oid) as rule from pg_constraint
       where contype = 'c' and conrelid in ('public.jobs'::regclass, 'public.limits'::regclass) order by 1`,
    );
    expect(rules).toEqual([
      {
        name: "jobs_state",
        rule: "CHECK (holdpoint.fits_state(state, phase, ended_at, held_for, token, tier, plan_hash, cancel_requested_at, estimate_microusd, ceiling_microusd, paid))",
      },
      { name: "limits_kind", rule: "CHECK (holdpoint.fits_limit(scope, kind, max, in_use, per_ms))" },
    ]);
  });

  it.each([
    ["'venture', 'concurrency', 3, 3, null", true],
    ["'provider', 'rate', 3, 9, 1000", true],
    ["'worker', 'concurrency', 3, 0, null", false],
    ["'venture', 'concurrency', -1, 0, null", false],
    ["'venture', 'concurrency', 3, -1, null", false],
    ["'provider', 'rate', 3, 0, 0", false],
    ["'provider', 'rate', 3, 0, null", false],
    ["'venture', 'rate', 3, 0, 1000", false],
    ["'venture', 'concurrency', 3, 0, 1000", false],
    ["'provider', 'concurrency', 3, 0, null", false],
  ])("a limit of %s: %s", async (row, fitting) => {
    expect(await db.query(`select holdpoint.fits_limit(${row}) as fits`)).toEqual([{ fits: fitting }]);
  });

  it.each(["jobs_waiting_for_person", "jobs_inbox"])(
    "the index %s covers exactly the states that wait for a person",
    async (index) => {
      const [row] = await db.query<{ states: string[] }>(
        `select array_agg(s::text) as states from unnest(enum_range(null::public.job_state)) s
         where strpos(pg_get_indexdef($1::regclass), quote_literal(holdpoint.phase_of(s)::text)) > 0`,
        [`public.${index}`],
      );
      expect(row?.states.toSorted()).toEqual([...WAITING_FOR_PERSON].toSorted());
    },
  );
});

describe("packages/policy and the schema use the same words", () => {
  it.each([
    ["job_state", JOB_STATES],
    ["run_outcome", RUN_OUTCOMES],
    ["error_class", ERROR_CLASSES],
    ["loss_cause", LOSS_CAUSES],
    ["held_reason", HELD_REASONS],
    ["decision_verb", DECISION_VERBS],
    ["effect_kind", EFFECT_KINDS],
    ["operator_role", OPERATOR_ROLES],
    ["job_size", JOB_SIZES],
    ["retry_tier", RETRY_TIERS],
    ["job_queue", JOB_QUEUES],
    ["task_queue", TASK_QUEUES],
  ] as const)("%s", async (type, names) => {
    const rows = await db.query<{ name: string }>(`select unnest(enum_range(null::public.${type}))::text as name`);
    expect(rows.map((row) => row.name).toSorted()).toEqual([...names].toSorted());
  });

  it("retry tiers", async () => {
    const rows = await db.query(
      `select tier, retries, backoff, base_ms as "baseMs", max_ms as "maxMs", retries_by_itself as "retriesByItself"
       from public.retry_tiers`,
    );
    const tiers = Object.entries(RETRY_RULES).map(([tier, rules]) => ({ tier, ...rules }));
    expect(rows).toEqual(expect.arrayContaining(tiers));
    expect(rows).toHaveLength(tiers.length);
  });

  it("has each job queue in the lane that the policy package says", async () => {
    const rows = await db.query<{ queue: string; lane: string }>(
      "select q::text as queue, holdpoint.lane_of_queue(q) as lane from unnest(enum_range(null::public.job_queue)) q",
    );
    expect(Object.fromEntries(rows.map(({ queue, lane }) => [queue, lane]))).toEqual(
      Object.fromEntries(JOB_QUEUES.map((queue) => [queue, QUEUES[queue].lane])),
    );
  });
});
