/**
 * `npm run bench` prints a table of everything; `npm run bench -- NAME --json` one JSON object
 * `{name, figures, machine, settings}` on standard output. `--quick` takes a tenth of the jobs and one round.
 */
import { parseArgs } from "node:util";
import { audit } from "./src/audit.ts";
import { claim } from "./src/claim.ts";
import type { BenchResult, Figure } from "./src/frame/figures.ts";
import { describeMachine, redisVersion } from "./src/frame/machine.ts";
import { startPostgres, startRedis, type Postgres, type RedisServer } from "./src/frame/servers.ts";
import { latency } from "./src/latency.ts";
import { simulate } from "./src/simulate.ts";
import { stop } from "./src/stop.ts";
import { throughput } from "./src/throughput.ts";

const HELP = `Usage: npm run bench [-- NAME] [--json] [--quick]

  throughput   fully recorded no-op jobs a second, beside bare BullMQ, graphile-worker and pg-boss
  latency      submit to handler started, at 100 jobs a second
  claim        fair pick and claim with a million queued rows; a flood of one venture beside another's ten jobs
  simulate     policy simulate over 100,000 past jobs
  audit        audit verify over a million events
  stop         commit of a stop to the last handler's signal, 60 handlers in three workers

Without NAME all of them run, in about twenty minutes. bench/README.md says what is measured and how.`;

const NAMES = ["throughput", "latency", "claim", "simulate", "audit", "stop"] as const;
type Name = (typeof NAMES)[number];

async function measure(
  name: Name,
  servers: { postgres: Postgres; redis: RedisServer | null },
  quick: boolean,
  say: (line: string) => void,
): Promise<BenchResult> {
  const { postgres, redis } = servers;
  const part = quick ? 10 : 1;
  switch (name) {
    case "throughput":
      return throughput(postgres, redis, {
        rounds: quick ? 1 : 3,
        redisJobs: 40_000 / part,
        postgresJobs: 20_000 / part,
        concurrency: quick ? [100] : [100, 200],
        say,
      });
    case "latency":
      return latency(postgres, redis, { rounds: quick ? 1 : 5, jobs: quick ? 200 : 1_000, rate: 100, say });
    case "claim":
      return claim(postgres, redis, { rows: 1_000_000 / part, rounds: quick ? 40 : 200, flood: 100_000 / part, say });
    case "simulate":
      return simulate(postgres, { jobs: 100_000 / part, rounds: quick ? 2 : 5, say });
    case "audit":
      return audit(postgres, { events: 1_000_000 / part, rounds: quick ? 1 : 3, say });
    case "stop":
      return stop(postgres, redis, { rounds: quick ? 5 : 50, say });
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2).filter((arg) => arg !== "--"),
    allowPositionals: true,
    options: { json: { type: "boolean" }, quick: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !NAMES.some((known) => known === name));
  if (unknown.length > 0 || (values.json && positionals.length !== 1)) {
    console.error(unknown.length > 0 ? `no benchmark is named "${unknown[0]}"` : "--json takes exactly one NAME");
    console.error(HELP);
    return 2;
  }
  const chosen = positionals.length > 0 ? NAMES.filter((name) => positionals.includes(name)) : NAMES;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const machine = describeMachine();
  const postgres = await startPostgres();
  const redis = redisVersion() === null ? null : await startRedis();
  try {
    for (const name of chosen) {
      say(`${name} …`);
      const result = await measure(name, { postgres, redis }, values.quick === true, say);
      if (values.json)
        console.log(JSON.stringify({ name, figures: result.figures, machine, settings: result.settings }));
      else printTable(result);
    }
    if (!values.json) console.log(`\nmachine: ${JSON.stringify(machine)}`);
  } finally {
    await redis?.close();
    await postgres.close();
  }
  return 0;
}

function printTable(result: BenchResult): void {
  console.log(`\n${result.name}`);
  const lines = flat(result.figures, "");
  const width = Math.max(...lines.map(([label]) => label.length));
  for (const [label, value] of lines) console.log(`  ${label.padEnd(width)}  ${value}`);
  console.log(`  settings: ${JSON.stringify(result.settings)}`);
}

/** Nested figures as lines "a.b.c value". */
function flat(figure: Figure, label: string): [string, string][] {
  if (figure === null || typeof figure !== "object" || Array.isArray(figure)) return [[label, JSON.stringify(figure)]];
  return Object.entries(figure).flatMap(([name, value]) => flat(value, label === "" ? name : `${label}.${name}`));
}

process.exitCode = await main();
