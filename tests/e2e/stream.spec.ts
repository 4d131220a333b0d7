import { IN_BROWSER } from "./world/in-browser.ts";
import { signInOn, expect, test } from "./world/test.ts";
import { cuttable } from "./world/cuttable.ts";
import { feedEvents, openStream } from "./world/stream-client.ts";
import type { BrowserContext } from "@playwright/test";
import type { World } from "./world/world.ts";

async function cookieOf(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** Every event of these streams as the database has it, in order. */
async function written(world: World, ids: readonly string[]): Promise<string[]> {
  const rows = await world.db.query<{ stream: string; seq: number }>(
    "select stream, seq from public.job_events where stream = any ($1) order by stream, seq",
    [ids],
  );
  return rows.map((row) => `${row.stream}/${row.seq}`);
}

const keyOf = (event: { stream: string; seq: number }) => `${event.stream}/${event.seq}`;

test("gives each event once and in order, after Last-Event-ID, and only of one’s own ventures", async ({
  world,
  page,
}) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const [mine, other] = [await world.venture(), await world.venture()];
  await signInOn(page, await world.operator("viewer", mine));
  const cookie = await cookieOf(page.context());

  const first = await openStream(world.web.url, cookie);
  expect(first.status).toBe(200);
  await first.until((heard) => heard.some((one) => one.event === "beat"));
  const one = await world.submit(client, { type: "health_scan", venture: mine });
  const hidden = await world.submit(client, { type: "health_scan", venture: other });
  await first.until((heard) => feedEvents(heard).filter((event) => event.stream === one).length === 2);
  const cursor = first.heard.findLast((heard) => heard.event === "feed")?.id;
  first.stop();
  expect(feedEvents(first.heard).some((event) => event.stream === hidden)).toBe(false);

  // An hour away: the laptop is closed, the fleet works on.
  const two = await world.submit(client, { type: "health_scan", venture: mine });
  await world.run(one);
  await world.worker.settle(one);
  await world.submit(client, { type: "health_scan", venture: other });
  const second = await openStream(world.web.url, cookie, cursor);
  const three = await world.submit(client, { type: "health_scan", venture: mine });
  await second.until((heard) => feedEvents(heard).filter((event) => event.stream === three).length === 2);
  second.stop();

  const got = [...feedEvents(first.heard), ...feedEvents(second.heard)].filter((event) => event.venture === mine);
  const keys = got.map(keyOf);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.toSorted()).toEqual((await written(world, [one, two, three])).toSorted());
  for (const id of [one, two, three]) {
    expect(got.filter((event) => event.stream === id).map((event) => event.seq)).toEqual(
      got.filter((event) => event.stream === id).map((_, index) => index + 1),
    );
  }
});

test("a cursor of another database, or none at all, gives a resync and not silence", async ({ world, page }) => {
  await signInOn(page, await world.operator("viewer"));
  const cookie = await cookieOf(page.context());
  for (const cursor of ["1.999999999.1.1", "not a cursor"]) {
    const reader = await openStream(world.web.url, cookie, cursor);
    await reader.until((heard) => heard.some((one) => one.event === "resync"));
    expect(reader.heard.find((one) => one.event === "resync")?.id).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    reader.stop();
  }
});

test("more than 10,000 behind gives a resync", async ({ world, page }) => {
  const venture = await world.venture();
  const operator = await world.operator("viewer", venture);
  await signInOn(page, operator);
  const cookie = await cookieOf(page.context());
  const [start] = await world.db.query<{ cursor: string }>("select holdpoint.feed_head() ->> 'cursor' as cursor");
  await world.db.query(
    `insert into holdpoint.feed (epoch, streams, seqs, ventures)
     select 1, array_agg(holdpoint.new_id()), array_agg(1), array_agg($1::text) from generate_series(1, 10500) n group by n / 500`,
    [venture],
  );
  // The shared tailer has read them all: what it keeps in memory no longer reaches back to the cursor.
  const [end] = await world.db.query<{ cursor: string }>("select holdpoint.feed_head() ->> 'cursor' as cursor");
  const other = await openStream(world.web.url, cookie);
  await other.until((heard) => heard.some((one) => one.id === end?.cursor), 20_000);
  const reader = await openStream(world.web.url, cookie, start?.cursor);
  await reader.until((heard) => heard.some((one) => one.event === "resync"));
  other.stop();
  expect(feedEvents(reader.heard)).toHaveLength(0);
  reader.stop();
});

test("a session that ends takes its stream with it", async ({ world, page }) => {
  const operator = await world.operator("viewer");
  await signInOn(page, operator);
  const reader = await openStream(world.web.url, await cookieOf(page.context()));
  await reader.until((heard) => heard.some((one) => one.event === "beat"));
  await world.db.query("update public.operators set active = false where user_id = $1", [operator.userId]);
  await reader.until((heard) => heard.some((one) => one.event === "bye" && one.data === "signed_out"), 12_000);
  await page.goto("/");
  await expect(page).toHaveURL(/\/login/);
});

test("the cable is pulled: the page says so, keeps ageing, locks answers; after it everything is there once", async ({
  world,
  browser,
}) => {
  const cable = await cuttable(world.web.url);
  const context = await browser.newContext({ baseURL: cable.url, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  try {
    const admin = await world.operator("admin");
    const client = await world.client(admin);
    const venture = await world.venture();
    const held = await world.submit(client, { type: "build", venture });
    await signInOn(page, admin);
    await page.locator('html[data-stream="live"]').waitFor();
    await expect(page.locator(".fresh")).toContainText(/Live, \d+\.\d s behind/);
    await page.evaluate(IN_BROWSER.listen);
    const card = await context.newPage();
    await card.goto(`/approvals/${held}`);
    await card.locator('html[data-stream="live"]').waitFor();

    await cable.cut();
    await expect(page.locator(".cutline")).toContainText(/Stream cut off \d\d:\d\d:\d\d. You see/, { timeout: 15_000 });
    await expect(card.locator(".decide")).toContainText("Server not reached", { timeout: 15_000 });
    await expect(card.getByRole("button", { name: /Approve/ })).toBeDisabled();
    await expect(card.getByRole("button", { name: "Stop", exact: true })).toBeEnabled();
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await world.submit(client, { type: "health_scan", venture }));
    await expireAccessToken(context);

    cable.restore();
    await expect(page.locator(".cutline")).toHaveCount(0, { timeout: 15_000 });
    const expected = await written(world, ids);
    await expect
      .poll(() => page.evaluate<string[]>(IN_BROWSER.heard).then((all) => all.length))
      .toBeGreaterThanOrEqual(expected.length);
    const heard = await page.evaluate<string[]>(IN_BROWSER.heard);
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.filter((key) => ids.some((id) => key.startsWith(id))).toSorted()).toEqual(expected.toSorted());
    await expect(card.getByRole("button", { name: /Approve/ })).toBeEnabled();
    await expect(page.locator(".activity")).toHaveAttribute("data-total", /^[1-9]/);
  } finally {
    await context.close();
    await cable.close();
  }
});

/** Makes the session look an hour older: the access token is over, the refresh token is not. */
async function expireAccessToken(context: BrowserContext): Promise<void> {
  const [cookie] = (await context.cookies()).filter((one) => one.name === "hp-auth");
  if (!cookie) throw new Error("the session cookie is chunked or missing");
  const session = JSON.parse(Buffer.from(cookie.value.replace(/^base64-/, ""), "base64url").toString());
  session.expires_at = Math.floor(Date.now() / 1000) - 3_600;
  await context.addCookies([
    { ...cookie, value: `base64-${Buffer.from(JSON.stringify(session)).toString("base64url")}` },
  ]);
}
