/** What people do about money: caps, overrides that fall back by the clock, overruns; and what they are refused. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tendBlocks } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const DOLLAR = 1_000_000;
let scene: Scene;
let admin: Person;
beforeEach(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

interface Listed {
  items: { venture: string | null; period: string; cap_microusd: number; left_microusd: number; blocked: boolean }[];
}
const set = (request: object, by = admin) => by.call<Record<string, unknown>>("set_cap", JSON.stringify(request));
const override = (request: object) => admin.call("override_cap", JSON.stringify(request));
const caps = async () => (await admin.call<Listed>("list_caps")).items;
const verdicts = async (n: number) =>
  (await scene.claim(await scene.admitted(n, { type: "paid" }))).map((row) => row.verdict);
const events = async (type: string) =>
  (await scene.db.query("select from public.venture_events where type = $1", [type])).length;
const refusal = (reason: string) =>
  expect.objectContaining({ detail: expect.stringContaining(`"reason":"${reason}"`) });

describe("set_cap", () => {
  it("starts automatic spend, with 25 dollars as the threshold unless given, and counts what was committed before", async () => {
    expect(await set({ period: "day", cap_microusd: 100 * DOLLAR })).toMatchObject({ threshold_microusd: 25 * DOLLAR });
    expect(await verdicts(2)).toEqual(["claimed", "claimed"]);
    await set({ venture: "acme", period: "day", cap_microusd: 12 * DOLLAR, threshold_microusd: 12 * DOLLAR });
    expect(await caps()).toMatchObject([
      { venture: null, left_microusd: 90 * DOLLAR },
      { venture: "acme", left_microusd: 2 * DOLLAR },
    ]);
    expect(await verdicts(1)).toEqual(["cap"]);
    expect((await caps())[1]).toMatchObject({ blocked: true });
    // Raised, it lifts its block at once.
    await set({ venture: "acme", period: "day", cap_microusd: 20 * DOLLAR });
    expect((await caps())[1]).toMatchObject({ blocked: false });
    expect(await events("cap.set")).toBe(3);
  });

  it("refuses what is no money, what is committed already, and who is no admin", async () => {
    const day = (cap_microusd: unknown) => set({ venture: "acme", period: "day", cap_microusd });
    await expect(day(-1)).rejects.toEqual(refusal("negative_money"));
    await expect(day(1e300)).rejects.toEqual(refusal("too_much_money"));
    await expect(day(0.5)).rejects.toEqual(refusal("bad_field"));
    await expect(day("5")).rejects.toEqual(refusal("bad_field"));
    await expect(day(null)).rejects.toEqual(refusal("missing_field"));
    await expect(set({ period: "month", cap_microusd: 1 })).rejects.toEqual(refusal("bad_field"));
    await expect(set({ venture: "nobody", period: "day", cap_microusd: 1 })).rejects.toEqual(
      refusal("unknown_venture"),
    );
    await expect(set({ period: "week", cap_microusd: 5, threshold_microusd: 1 })).rejects.toEqual(refusal("bad_field"));
    await expect(set({ period: "day", cap_microusd: 5, threshold_microusd: 6 })).rejects.toEqual(refusal("bad_field"));
    await expect(set({ period: "day", cap_microusd: 5, cap: 6 })).rejects.toEqual(refusal("unknown_field"));
    const approver = await scene.signIn("approver");
    await expect(set({ period: "day", cap_microusd: 5 }, approver)).rejects.toEqual(refusal("role_too_low"));
    await day(20 * DOLLAR);
    await verdicts(2);
    await expect(day(9 * DOLLAR)).rejects.toEqual(refusal("below_committed"));
  });
});

describe("override_cap", () => {
  it("counts until its time and falls back by the database's clock, with events both ways", async () => {
    await set({ venture: "acme", period: "day", cap_microusd: 5 * DOLLAR });
    const target = { venture: "acme", period: "day" };
    await expect(override({ ...target, cap_microusd: 9, until: "2020-01-01T00:00:00Z" })).rejects.toEqual(
      refusal("bad_field"),
    );
    await expect(override({ period: "week", cap_microusd: 9, until: "2090-01-01T00:00:00Z" })).rejects.toEqual(
      refusal("no_such_cap"),
    );
    await expect(override({ ...target, end: true })).rejects.toEqual(refusal("not_overridden"));
    await override({ ...target, cap_microusd: 10 * DOLLAR, until: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await verdicts(3)).toEqual(["claimed", "claimed", "cap"]);
    await scene.db.query("update public.caps set override_until = clock_timestamp()");
    // Over at once, before the janitor has looked.
    expect(await caps()).toMatchObject([{ cap_microusd: 5 * DOLLAR, left_microusd: 0 }]);
    await tendBlocks(scene.on, scene.worker);
    expect([await events("cap.overridden"), await events("cap.override_ended")]).toEqual([1, 1]);
    expect(at(await scene.db.query("select override_microusd from public.caps"), 0)).toEqual({
      override_microusd: null,
    });
  });
});

describe("overruns and the ledger", () => {
  it("lets paid work start again when an admin has looked, and shows where money went", async () => {
    await set({ period: "day", cap_microusd: 100 * DOLLAR });
    const [run] = await scene.running(1, { type: "paid" });
    await scene.settle([{ ...run!, costMicrousd: 6 * DOLLAR }]);
    expect(await verdicts(1)).toEqual(["blocked"]);
    await expect(admin.call("clear_overrun", "acme", "")).rejects.toEqual(refusal("missing_field"));
    await admin.call("clear_overrun", "acme", "the price had doubled");
    await expect(admin.call("clear_overrun", "acme", "again")).rejects.toEqual(refusal("no_overrun"));
    expect(await verdicts(1)).toEqual(["claimed"]);
    const viewer = await scene.signIn("viewer", "acme");
    expect(await viewer.call("ledger_balance", JSON.stringify({ job: run!.jobId }))).toEqual({
      sum_microusd: 0,
      items: [
        { venture: "acme", account: "budget", amount_microusd: -6 * DOLLAR },
        { venture: "acme", account: "captured", amount_microusd: 5 * DOLLAR },
        { venture: "acme", account: "overrun", amount_microusd: 1 * DOLLAR },
        { venture: "acme", account: "reserved", amount_microusd: 0 },
      ],
    });
    const page = await viewer.call<{ items: { reason: string }[]; next: number }>("list_ledger", "{}", null, 2);
    expect(page.items.map((row) => row.reason)).toEqual(["reserve", "reserve"]);
    const rest = await viewer.call<{ items: { reason: string }[] }>("list_ledger", "{}", page.next, 50);
    expect(new Set(rest.items.map((row) => row.reason))).toEqual(new Set(["settle", "reserve"]));
    await expect(viewer.call("list_ledger", JSON.stringify({ job: "x" }), null, 2)).rejects.toEqual(
      refusal("bad_field"),
    );
    // Another venture's ledger is nobody's business.
    await scene.addVenture("beta");
    const other = await scene.signIn("admin", "beta");
    expect(await other.call("ledger_balance", "{}")).toEqual({ sum_microusd: 0, items: [] });
  });
});
