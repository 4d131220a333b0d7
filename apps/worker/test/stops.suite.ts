import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RedisServer, World } from "./world.ts";

const SCOPES: [scope: string, key: string, inside: Inside, outside: Inside | null][] = [
  ["everything", "", { type: "sleeper" }, null],
  ["lane", "build", { type: "sleeper" }, null],
  ["queue", "job", { type: "sleeper" }, null],
  ["venture", "acme", { type: "sleeper", venture: "acme" }, { type: "sleeper" }],
  ["type", "sleeper", { type: "sleeper" }, { type: "outsider" }],
  ["paid", "", { type: "sleeper", paid: true }, { type: "sleeper" }],
  ["effects", "", { type: "outsider" }, { type: "sleeper" }],
];
interface Inside {
  type: string;
  venture?: string;
  paid?: boolean;
}

/** Stops against a real worker process: what runs in scope gets its signal, what waits there does not start. */
export function describeStops(backend: "redis" | "postgres"): void {
  describe(`stops, on ${backend}`, { timeout: 60_000 }, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.open({ redis: backend === "redis" });
      await world.db.query("select holdpoint.insert_venture($1, 'system', 'test')", [JSON.stringify({ key: "acme" })]);
      await world.worker();
    }, 30_000);
    afterAll(() => world.close());

    const submit = ({ type, venture = "fleet" }: Inside): Promise<string> => world.submitOne(type, {}, { venture });
    /** What makes a job paid is admission's and the caps' matter; here it only must be one. */
    const setPaid = (id: string, paid: boolean): Promise<unknown> =>
      world.db.query(
        "update public.jobs set paid = $2::int > 0, estimate_microusd = $2, ceiling_microusd = $2 where id = $1",
        [id, Number(paid)],
      );

    /** Runs one job in the scope and one outside, stops, and looks at what became of them. */
    async function expectStops(scope: string, key: string, inside: Inside, outside: Inside | null): Promise<void> {
      const stopped = await submit(inside);
      await world.reaches(stopped, ["running"]);
      if (inside.paid === true) await setPaid(stopped, true);
      const other = outside === null ? null : await submit(outside);
      if (other !== null) await world.reaches(other, ["running"]);
      const stop = await world.stop(scope, key);
      await world.reaches(stopped, ["queued"]);
      const [run] = await world.db.query<{ outcome: string; ms: number }>(
        "select r.outcome, (extract(epoch from r.ended_at - b.since) * 1000)::float8 as ms from public.runs r, public.blocks b where r.job_id = $1 and b.id = $2",
        [stopped, stop],
      );
      expect(run).toMatchObject({ outcome: "stopped" });
      expect(run?.ms).toBeLessThan(2_000);
      expect(await world.job(stopped)).toMatchObject({ retries_used: 0, losses: 1 });
      // New work in scope waits, while work outside it is started meanwhile.
      const late = inside.paid === true ? stopped : await submit(inside);
      if (outside !== null) {
        const started = await submit(outside);
        await world.reaches(started, ["running"]);
        await world.cancel(started);
        await world.reaches(started, ["canceled"]);
      } else await world.reaches(late, ["queued"]);
      expect(await world.job(late)).toMatchObject({ state: "queued", run_no: late === stopped ? 1 : 0 });
      if (other !== null) expect(await world.job(other)).toMatchObject({ state: "running", run_no: 1 });
      if (inside.paid === true) await setPaid(stopped, false);
      await world.liftStops();
      for (const id of new Set([stopped, late])) await world.reaches(id, ["running"]);
      for (const id of new Set([stopped, late, ...(other === null ? [] : [other])])) {
        await world.cancel(id);
        await world.reaches(id, ["canceled"]);
      }
    }

    test.each(SCOPES)("of %s %s: within a second, and nothing outside it", expectStops);

    test("of one worker: it gives up what it runs, and the others take the work", async () => {
      const ids = await world.submit("sleeper", {}, { count: 3 });
      for (const id of ids) await world.reaches(id, ["running"]);
      const two = await world.worker({ name: "two" });
      await world.stop("worker", "one");
      await world.until(async () => (await ranBy(ids)) === "two");
      const [claims] = await world.db.query<{ n: number }>(
        "select max(dispatch_no) as n from public.jobs where id = any ($1)",
        [ids],
      );
      // The stopped worker asked for nothing again and again.
      expect(claims?.n).toBeLessThan(30);
      for (const id of ids) await world.cancel(id);
      for (const id of ids) await world.reaches(id, ["canceled"]);
      await world.liftStops();
      await two.kill("SIGTERM");
      const again = await submit({ type: "noop" });
      await world.reaches(again, ["succeeded"]);
    });

    if (backend === "redis") {
      test("with Redis down: the handlers hear of it all the same, and go on when both are back", async () => {
        const id = await submit({ type: "sleeper" });
        await world.reaches(id, ["running"]);
        const { redis } = world;
        await redis?.stop();
        const stop = await world.stop("everything");
        await world.reaches(id, ["queued"]);
        const [row] = await world.db.query<{ ms: number }>(
          "select (extract(epoch from r.ended_at - b.since) * 1000)::float8 as ms from public.runs r, public.blocks b where r.job_id = $1 and b.id = $2",
          [id, stop],
        );
        expect(row?.ms).toBeLessThan(2_000);
        world.redis = await RedisServer.start(redis?.port);
        await world.liftStops();
        await world.reaches(id, ["running"], 30_000);
      });
    }

    /** The worker that runs all of them; null while they are not all with one. */
    async function ranBy(ids: string[]): Promise<string | null> {
      const rows = await world.db.query<{ name: string; n: number }>(
        "select w.name, count(*)::int as n from public.runs r join public.workers w on w.id = r.worker_id where r.job_id = any ($1) and r.ended_at is null group by 1",
        [ids],
      );
      const [first] = rows;
      return first !== undefined && first.n === ids.length ? first.name : null;
    }
  });
}
