import { readPolicyHistory, type PeopleClient } from "@holdpoint/db/people";
import { createOperator, signIn, startTestLite, type TestDatabase } from "@holdpoint/local/testing";
import { BUILT_IN_POLICY, checkPolicy, simulatePolicy, type Policy } from "@holdpoint/policy";
import { addVentures, VENTURES } from "./fleet.ts";
import { median, percentile, rounded, type BenchResult, type Figures } from "./frame/figures.ts";
import { POSTGRES_SETTINGS, type Postgres } from "./frame/servers.ts";

export interface SimulateOptions {
  readonly jobs: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const TYPES = 10;
const RULES = 20;

/**
 * `policy simulate` over past jobs, as the command does it: read over the data API as an operator, decided by a policy of
 * twenty rules. Once with a few hundred kinds of jobs, once with every job of its own cost, where nothing can be grouped.
 */
export async function simulate(postgres: Postgres, options: SimulateOptions): Promise<BenchResult> {
  const figures: Figures = {};
  for (const [name, ceiling] of [
    ["alike", "(n / 10 % 4) * 1000000"],
    ["all_different", "n * 7"],
  ] as const) {
    const db = await postgres.createDatabase();
    try {
      figures[name] = await simulateOver(db, ceiling, options);
    } finally {
      await db.drop();
    }
    options.say(`  ${name}: ${JSON.stringify(figures[name])}`);
  }
  return {
    name: "simulate",
    figures,
    settings: {
      jobs: options.jobs,
      rounds: options.rounds,
      ventures: VENTURES.length,
      types: TYPES,
      rules: RULES,
      postgres: { ...POSTGRES_SETTINGS },
    },
  };
}

async function simulateOver(db: TestDatabase, ceiling: string, { jobs, rounds }: SimulateOptions): Promise<Figures> {
  await addVentures(db);
  await fill(db, jobs, ceiling);
  const lite = await startTestLite(db);
  try {
    const client: PeopleClient = await signIn(lite, await createOperator(db, { role: "admin" }));
    const policy = twentyRules();
    const times: number[] = [];
    let changed = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const { seen, classes } = await readPolicyHistory(client, new Date(Date.now() - 7 * 86_400_000));
      const found = simulatePolicy(classes, policy, BUILT_IN_POLICY, 20);
      times.push(performance.now() - start);
      changed = found.changed;
      if (seen !== jobs || found.jobs !== jobs) throw new Error(`${found.jobs} of ${jobs} jobs were simulated`);
    }
    return { ms: rounded(median(times)), slowest_ms: rounded(percentile(times, 100)), changed };
  } finally {
    await lite.close();
  }
}

function twentyRules(): Policy {
  const rules = Array.from({ length: RULES }, (_, n) => ({
    name: `rule_${n}`,
    when: {
      type: `past_${n % TYPES}`,
      effects: "other",
      submitted_by: ["operator", "run"],
      ceiling_over: `0.0${n}`,
      ...(n < TYPES ? {} : { urgent: true }),
    },
    ...(n >= TYPES || n % 3 === 0 ? { refuse: true } : { approve: { people: 2, typed: "YES" } }),
  }));
  const checked = checkPolicy({ format: 1, rules }, 2);
  if (!checked.ok) throw new Error(checked.problems.map((problem) => problem.message).join("\n"));
  return checked.policy;
}

/** Ended jobs by one INSERT … SELECT, as settling leaves them; `ceiling` is an SQL expression over n. */
async function fill(db: TestDatabase, jobs: number, ceiling: string): Promise<void> {
  await db.query(
    `insert into public.job_types (name, version, payload_schema, size, timeout_ms, effect_kinds, code_hash)
     select 'past_' || n, 1, '{}', 'small', 60000, '{other}', 'bench' from generate_series(0, $1 - 1) n`,
    [TYPES],
  );
  await db.query(
    `insert into public.jobs (id, type, type_version, venture, queue, payload, size, run_at, state, tier, rule, policy_version, plan_hash, seq, head,
       submitted_by_kind, submitted_by_id, ceiling_microusd, paid, cost_microusd, run_no, created_at, updated_at, ended_at)
     select holdpoint.new_id(), 'past_' || n % ${TYPES}, 1, v.keys[1 + n % cardinality(v.keys)], 'job', '{}', 'small', now(), 'succeeded', 'small', 'default', 1,
       sha256('plan'), 4, sha256('head'), 'operator', 'bench', c.ceiling, c.ceiling > 0, c.ceiling / 2, 1, now(), now(), now()
     from generate_series(1, $1) n, lateral (select (${ceiling})::bigint as ceiling) c,
       (select array_agg(key::text order by key) as keys from public.ventures where key <> 'fleet') v`,
    [jobs],
  );
  await db.query("analyze public.jobs");
}
