import { setTimeout as after } from "node:timers/promises";
import type { TestServer } from "@holdpoint/local/testing";
import type { QueueTransport } from "@holdpoint/queues";
import type pg from "pg";
import type { Operator } from "./operator.ts";
import type { PostgresProxy } from "./postgres-proxy.ts";
import type { Random } from "./random.ts";
import type { RedisServer } from "./redis-server.ts";
import { until } from "./until.ts";
import type { WorkerProcess } from "./worker-process.ts";

export interface Victims {
  workers: readonly WorkerProcess[];
  server: TestServer;
  proxy: PostgresProxy;
  redis: RedisServer | null;
  transport: QueueTransport;
  operator: Operator;
  owner: pg.Pool;
  leaseMs: number;
}

type Fault = (victims: Victims, random: Random) => Promise<unknown> | void;

const FAULTS: Record<string, Fault> = {
  "kill a worker": async ({ workers }, random) => random.pick(workers).signal("SIGKILL"),
  "restart a worker": async ({ workers }, random) => random.pick(workers).signal("SIGTERM"),
  "freeze a worker past its lease": async ({ workers, leaseMs }, random) => {
    const worker = random.pick(workers);
    const pid = worker.pid;
    worker.signal("SIGSTOP");
    await after(leaseMs * 1.2);
    // It may have been killed meanwhile; a signal goes to the one that was frozen.
    if (worker.pid === pid) worker.signal("SIGCONT");
  },
  "cut all connections": async ({ proxy }) => proxy.cutAll(),
  "cut after commit": async ({ proxy }, random) => proxy.cutAfterCommit(random.between(1, 12)),
  "delay replies": async ({ proxy, leaseMs }, random) => {
    proxy.delayReplies(random.between(50, Math.ceil(leaseMs / 15)));
    await after(random.between(500, 2_000));
    proxy.delayReplies(0);
  },
  "restart PostgreSQL (fast)": ({ server }, random) => restartPostgres(server, "SIGINT", random),
  "restart PostgreSQL (immediate)": ({ server }, random) => restartPostgres(server, "SIGQUIT", random),
  "repeat messages": async ({ transport, owner }) => {
    const { rows } = await owner.query<{ id: string; dispatch_no: number }>(
      "select id, dispatch_no from public.jobs where state in ('queued', 'running', 'succeeded') order by updated_at desc limit 60",
    );
    const hints = rows.map((row) => ({ jobId: row.id, dispatchNo: row.dispatch_no }));
    if (hints.length > 0) await transport.addHints("job", [hints, hints.slice(0, 10)]);
  },
  "stop everything, then lift": async ({ operator, owner }, random) => {
    const id = await operator.stop();
    await after(random.between(500, 2_500));
    // Lifted for sure: a lost answer must not leave the fleet stopped for good.
    if (id !== null) {
      await until("the stop is lifted", async () => {
        await operator.lift(id);
        const { rows } = await owner.query("select 1 from public.blocks where id = $1", [id]);
        return rows.length === 0;
      });
    }
  },
  "pause, then resume": async ({ operator, owner }, random) => {
    const [scope, key] = random.pick(PAUSES);
    await operator.pause(scope, key);
    await after(random.between(500, 2_500));
    // Whether the pause's answer was lost or not: nothing may stay paused for good.
    await until("nothing is paused", async () => {
      await operator.resume(scope, key);
      const { rows } = await owner.query("select 1 from public.blocks where kind = 'pause'");
      return rows.length === 0;
    });
  },
  "activate a policy": (victims) => activate(victims, SOUND_POLICY),
  "activate a policy that nobody understands, then a sound one": async (victims, random) => {
    await activate(victims, { format: 1, ruls: [] });
    await after(random.between(300, 1_500));
    await until("a sound policy is in force", async () => {
      await activate(victims, SOUND_POLICY);
      const { rows } = await victims.owner.query(
        "select 1 from public.policies p join public.settings s on s.policy_version = p.version where p.document ? 'ruls'",
      );
      return rows.length === 0;
    });
  },
  "drain a worker": async ({ workers, operator }, random) => operator.drainWorker(random.pick(workers).settings.name),
  "drain a worker, then undrain it": async ({ workers, operator }, random) => {
    const { name } = random.pick(workers).settings;
    await operator.drainWorker(name);
    await operator.undrainWorker(name);
  },
  "kill a worker as an admin": async ({ workers, operator }, random) =>
    operator.killWorker(random.pick(workers).settings.name),
  "kill a frozen worker as an admin": async ({ workers, operator, leaseMs }, random) => {
    const worker = random.pick(workers);
    const pid = worker.pid;
    worker.signal("SIGSTOP");
    await operator.killWorker(worker.settings.name);
    await after(leaseMs * 1.2);
    if (worker.pid === pid) worker.signal("SIGCONT");
  },
};

/** As the built-in rules, but for the name of the rule that asks. */
const SOUND_POLICY = {
  format: 1,
  rules: [{ name: "asks_by_another_name", when: { effects: ["deploy", "publish"] }, approve: {} }],
};

/** Makes it the next version; JSON is YAML too. */
async function activate({ operator, owner }: Victims, document: object): Promise<void> {
  const { rows } = await owner.query<{ v: number }>("select policy_version as v from public.settings");
  const over = rows[0]?.v ?? 1;
  await operator.activatePolicy(over, `# after ${over}\n${JSON.stringify(document)}\n`, document);
}

const PAUSES = [
  ["everything", ""],
  ["lane", "build"],
  ["queue", "job"],
  ["venture", "beta"],
  ["type", "fault_steps"],
] as const;

const REDIS_FAULTS: Record<string, Fault> = {
  "flush Redis": async ({ redis }) => redis?.flush(),
  "restart Redis": async ({ redis }, random) => redis?.restart(random.between(0, 2_000)),
};

async function restartPostgres(server: TestServer, signal: "SIGINT" | "SIGQUIT", random: Random): Promise<void> {
  await server.stopServer(signal);
  await after(random.between(0, 2_000));
  await server.startServer();
}

/** Seeded: the same seed picks the same faults in the same order with the same gaps. */
export async function rage(
  victims: Victims,
  random: Random,
  forMs: number,
  tell: (line: string) => void,
): Promise<Map<string, number>> {
  const faults = Object.entries({ ...FAULTS, ...(victims.redis === null ? {} : REDIS_FAULTS) });
  const counts = new Map<string, number>();
  const start = performance.now();
  let round: [string, Fault][] = [];
  while (performance.now() - start < forMs) {
    await after(random.between(300, 2_000));
    // Each fault once before any comes again, in an order of the seed's.
    if (round.length === 0) round = shuffled(faults, random);
    const [name, strike] = round.pop() ?? random.pick(faults);
    tell(`${((performance.now() - start) / 1000).toFixed(1)} s: ${name}`);
    try {
      await strike(victims, random);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    } catch (error) {
      // A fault may hit what an earlier one has just broken; that is part of the weather.
      tell(`  it missed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  victims.proxy.cutAfterCommit(0);
  victims.proxy.delayReplies(0);
  return counts;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(random.between(0, left.length - 1), 1));
  return result;
}
