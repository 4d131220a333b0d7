/** An outside provider that limits, goes down and comes back, as real worker processes meet it over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInAs } from "../../../tests/machine/support/person.ts";
import type { Person } from "../../../tests/machine/support/person.ts";
import { startMoodyProvider } from "./provider/moody-provider.ts";
import type { MoodyProvider } from "./provider/moody-provider.ts";
import { World } from "./world.ts";

const LIMIT = 20;
const SLOTS = 6;
/** What can have started of two workers before an answer is in the books: what runs, and one unsettled run per slot. */
const ON_ITS_WAY = 2 * 2 * SLOTS;
const PATIENCE_MS = 30_000;

describe("a provider", { timeout: 120_000 }, () => {
  let world: World;
  let admin: Person;
  let provider: MoodyProvider;
  beforeAll(async () => {
    world = await World.open();
    for (const key of ["acme", "beta"])
      await world.db.query("select holdpoint.insert_venture($1, 'system', 'test')", [JSON.stringify({ key })]);
    await world.db.query("update public.limits set max = 1000");
    admin = await signInAs(world.db, "admin");
    provider = await startMoodyProvider();
    await Promise.all([world.worker({ slots: SLOTS }), world.worker({ slots: SLOTS, name: "two" })]);
  }, 60_000);
  afterAll(async () => {
    await admin.close();
    await world.close();
    await provider.close();
  });

  /** So many of each venture, by turns. */
  const submit = async (each: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < each; n++) {
      for (const venture of ["acme", "beta"])
        ids.push(await world.submitOne("caller", { url: provider.url }, { venture }));
    }
    return ids;
  };
  const setRate = (max: number | null) => {
    const request = {
      scope: "provider",
      key: "mapmaker",
      kind: "rate",
      max,
      ...(max !== null && { per_ms: 3_600_000 }),
    };
    return admin.call("set_limit", JSON.stringify(request));
  };
  const count = async (sql: string, ...values: unknown[]) => (await world.db.query(sql, values)).length;
  const succeeded = (ids: string[]) =>
    count("select 1 from public.jobs where id = any ($1) and state = 'succeeded'", ids);
  const running = () => count("select 1 from public.jobs where state = 'running'");
  const blocked = (kind: string) => count("select 1 from public.blocks where scope = 'provider' and kind = $1", kind);
  const told = async () =>
    (
      await world.db.query<{ type: string }>(
        "select type from public.venture_events where type like 'provider.%' order by at, seq",
      )
    ).map((event) => event.type);
  const alerts = () =>
    count("select 1 from public.tasks where queue = 'alert' and subject ->> 'kind' like 'provider.%'");
  /** The block ends now instead of in half a minute or more. */
  const wake = (kind: string) =>
    world.db.query(
      "update public.blocks set wake_at = clock_timestamp() where scope = 'provider' and kind::text = $1",
      [kind],
    );
  const allSucceed = (ids: string[]) =>
    world
      .until(async () => (await succeeded(ids)) === ids.length, PATIENCE_MS)
      .catch(async () => {
        const jobs = await world.db.query(
          "select state, reason, run_no, retries_used, run_at from public.jobs where id = any ($1)",
          [ids],
        );
        const blocks = await world.db.query("select * from public.blocks");
        throw new Error(JSON.stringify({ jobs, blocks, told: await told() }, null, 1));
      });

  test("of a limited rate: all ventures share it, and what waits starts when there is room, without an event", async () => {
    await setRate(LIMIT);
    const ids = await submit(LIMIT);
    await world.until(async () => (await succeeded(ids)) === LIMIT && (await running()) === 0, PATIENCE_MS);
    expect(await blocked("rate")).toBe(1);
    expect(provider.calls).toHaveLength(LIMIT);
    // Both had their part of it.
    const ventures = await count(
      "select distinct venture from public.jobs where id = any ($1) and state = 'succeeded'",
      ids,
    );
    expect(ventures).toBe(2);
    await setRate(null);
    await allSucceed(ids);
    expect(provider.calls).toHaveLength(2 * LIMIT);
    expect([await told(), await alerts()]).toEqual([[], 0]);
  });

  test("that asks to be left alone is, by every venture, until then; one alert; and no retry is used", async () => {
    const before = provider.calls.length;
    provider.mood = { kind: "limits", left: 0, retryAfterS: 3_600 };
    const ids = await submit(50);
    await world.until(async () => (await blocked("paused_by_provider")) === 1 && (await running()) === 0, PATIENCE_MS);
    await world.until(async () => (await told()).length > 0, PATIENCE_MS);
    // Only what was on its way already has called; all would have.
    const heard = provider.calls.length - before;
    expect(heard).toBeLessThanOrEqual(ON_ITS_WAY);
    const [wait] = await world.db.query<{ s: number }>(
      "select extract(epoch from wake_at - since)::int as s from public.blocks where kind = 'paused_by_provider'",
    );
    expect(wait?.s).toBeGreaterThan(3_590);
    provider.mood = { kind: "well" };
    await world.db.query("update public.jobs set run_at = clock_timestamp() where id = any ($1) and state = 'queued'", [
      ids,
    ]);
    await wake("paused_by_provider");
    await allSucceed(ids);
    expect([await told(), await alerts()]).toEqual([["provider.paused", "provider.resumed"], 1]);
    expect(await count("select 1 from public.jobs where id = any ($1) and retries_used > 0", ids)).toBe(0);
    expect(provider.calls.length - before).toBe(heard + ids.length);
  });

  test("that is down is tried by one run at a time; one alert; when it is back all starts", async () => {
    const [eventsBefore, alertsBefore] = [(await told()).length, await alerts()];
    const before = provider.calls.length;
    // What went well a minute ago says nothing about now.
    await world.db.query("update holdpoint.providers set since = since - interval '1 minute'");
    provider.mood = { kind: "down" };
    const ids = await submit(100);
    await world.until(async () => (await blocked("provider_down")) === 1 && (await running()) === 0, PATIENCE_MS);
    const heard = provider.calls.length - before;
    // Five failures open it.
    expect(heard).toBeLessThanOrEqual(5 + ON_ITS_WAY);
    // Each time that the pause is over one run tries, whatever waits.
    for (const trial of [1, 2]) {
      await wake("provider_down");
      await world.until(
        async () => provider.calls.length === before + heard + trial && (await running()) === 0,
        PATIENCE_MS,
      );
      expect(await blocked("provider_down")).toBe(1);
    }
    provider.mood = { kind: "well" };
    await wake("provider_down");
    await allSucceed(ids);
    expect((await told()).slice(eventsBefore)).toEqual(["provider.down", "provider.up"]);
    expect((await alerts()) - alertsBefore).toBe(1);
    expect(provider.calls.length - before).toBe(heard + 2 + ids.length);
    expect(await count("select 1 from public.incidents")).toBe(0);
  });
});
