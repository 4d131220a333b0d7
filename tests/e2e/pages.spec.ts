import AxeBuilder from "@axe-core/playwright";
import { IN_BROWSER } from "./world/in-browser.ts";
import { startWeb } from "./world/web-process.ts";
import { World } from "./world/world.ts";
import { expect, signInOn, test } from "./world/test.ts";

/** Every page there is, with something on it. */
async function scene(world: World): Promise<{ paths: string[]; admin: Awaited<ReturnType<World["operator"]>> }> {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture({
    name: "Hollow Creek Seed & Garden Planner Notes",
    url: "https://hollow.example",
  });
  const observation = {
    subject: "https://hollow.example",
    kind: "http",
    ok: false,
    finding: "It answered 503.",
    lifetime_ms: 60_000,
  };
  await world.worker.observe(venture, [observation]);
  const held = await world.submit(
    client,
    { type: "build", venture, payload: { ref: "main" } },
    { commit: "4be1c09".padEnd(40, "0") },
  );
  const risky = await world.submit(client, { type: "mail", venture, payload: { to: 18_402, note: "as always" } });
  const running = await world.submit(client, { type: "health_scan", venture });
  await world.run(running);
  await world.worker.write(running, 1, "GET https://hollow.example 503\n".repeat(20));
  const failed = await world.submit(client, { type: "health_scan", venture });
  await world.run(failed);
  await world.worker.settle(failed, {
    outcome: "failed",
    errorClass: "bad_input",
    errorMessage: "No address.",
    result: null,
  });
  await world.worker.beat({ done: 1, total: 3 });
  const paths = [
    "/",
    "/approvals",
    `/approvals/${held}`,
    `/approvals/${risky}`,
    `/approvals/${failed}`,
    "/jobs",
    "/jobs?state=refused&type=mail",
    `/jobs/${running}?see=plan`,
    `/jobs/${failed}?see=events`,
    `/jobs/${failed}?see=runs`,
    `/jobs/${held}`,
    `/jobs/compare?a=${failed}&b=${running}&all=1`,
    `/approvals/${risky}/standing`,
    "/approvals/standing",
    "/rules/limits",
    "/rules/proof",
    "/stop",
    "/fleet",
    "/ventures",
    "/rules",
    "/operators",
    "/more",
    "/password",
    "/jobs/00000000-0000-7000-8000-000000000000",
  ];
  return { paths, admin };
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on any page (${colorScheme})`, async ({ world, browser }) => {
    test.setTimeout(300_000);
    const { paths, admin } = await scene(world);
    const context = await browser.newContext({
      baseURL: world.web.url,
      colorScheme,
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    const problems: string[] = [];
    const check = async (path: string) => {
      // What the themes differ in is colour alone.
      const axe = new AxeBuilder({ page });
      const { violations } = await (colorScheme === "dark" ? axe.withRules(["color-contrast"]) : axe).analyze();
      for (const { id, nodes } of violations)
        problems.push(`${path} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    };
    await page.goto("/login");
    await check("/login");
    await signInOn(page, admin);
    for (const [index, path] of paths.entries()) {
      if (colorScheme === "dark" && index % 2 === 1) continue;
      await page.goto(path);
      await check(path);
    }
    await page.goto("/");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await check("/ with the stop sheet open");
    await page.keyboard.press("Escape");
    await page.locator(".top .label").click();
    await check("/ with a label open");
    await context.close();
    expect(problems).toEqual([]);
  });
}

test("no page scrolls sideways at 360 px, scripts or none, and nothing breaks on the way", async ({
  world,
  browser,
}) => {
  test.setTimeout(120_000);
  const { paths, admin } = await scene(world);
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({
      baseURL: world.web.url,
      javaScriptEnabled,
      viewport: { width: 360, height: 640 },
      hasTouch: true,
    });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !/404/.test(message.text())) errors.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
    await signInOn(page, admin);
    const wide: string[] = [];
    for (const path of paths) {
      await page.goto(path);
      if (javaScriptEnabled) {
        await page
          .locator("html[data-stream]")
          .waitFor({ timeout: 3_000 })
          .catch(() => undefined);
        const over = await page.evaluate<number>(IN_BROWSER.sidewaysScroll);
        if (over > 0) wide.push(`${path} by ${over} px`);
      }
      await expect(page.getByRole("heading").first()).toBeVisible();
    }
    await context.close();
    expect(wide).toEqual([]);
    expect(errors).toEqual([]);
  }
});

test("the whole decision fits a phone: facts and both buttons without scrolling", async ({ world, browser }) => {
  const { paths, admin } = await scene(world);
  const context = await browser.newContext({
    baseURL: world.web.url,
    viewport: { width: 360, height: 640 },
    hasTouch: true,
  });
  const page = await context.newPage();
  await signInOn(page, admin, paths[3]);
  const hidden = await page.evaluate<number>(IN_BROWSER.factsHidden);
  expect(hidden).toBeLessThanOrEqual(1);
  for (const name of [/Reject/, /Approve/]) {
    const box = await page.getByRole("button", { name }).boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(48);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(640 - 56);
  }
  await context.close();
});

test("with no worker every page opens and says NOT RUNNING, and approvals work", async ({ world, page }) => {
  test.setTimeout(90_000);
  const { paths, admin } = await scene(world);
  await world.db.query("update public.workers set heartbeat_at = now() - interval '1 hour'");
  try {
    await signInOn(page, admin);
    await expect(page.locator(".top .label")).toContainText("NOT RUNNING");
    await expect(page.getByText("No worker is heard from, so nothing starts.")).toBeVisible();
    for (const path of paths) {
      await page.goto(path);
      await expect(page.getByText("could not be read")).toHaveCount(0);
    }
    await page.goto(paths[2] ?? "/");
    await page.getByRole("button", { name: /Approve/ }).click();
    await expect(page.getByText(/approved this/)).toBeVisible();
  } finally {
    await world.worker.beat();
  }
});

test("missing configuration is named by its variable, on every page", async ({ page }) => {
  const web = await startWeb({ NEXT_PUBLIC_SUPABASE_URL: "http://127.0.0.1:9" });
  try {
    for (const path of ["/", "/login", "/jobs"]) {
      await page.goto(`${web.url}${path}`);
      await expect(page.getByText("MISSING CONFIG")).toBeVisible();
      await expect(page.getByText("NEXT_PUBLIC_SUPABASE_ANON_KEY", { exact: true })).toBeVisible();
    }
    const health = await page.request.get(`${web.url}/api/health`);
    expect(health.status()).toBe(503);
    expect(await health.json()).toEqual({
      status: "degraded",
      checks: { data_api: "missing_config", feed: "missing_config" },
    });
  } finally {
    await web.stop();
  }
});

test("a database that can’t be reached: the page says so in its own panel and Stop stays", async ({ world, page }) => {
  const down = await startWeb({
    ...World.env(world.db, world.lite),
    NEXT_PUBLIC_SUPABASE_URL: "http://127.0.0.1:9",
    HOLDPOINT_WEB_DATABASE_URL: "postgres://nobody@127.0.0.1:9/x",
  });
  try {
    await signInOn(page, await world.operator("admin"));
    const [cookie] = (await page.context().cookies()).filter((one) => one.name === "hp-auth");
    if (cookie) await page.context().addCookies([cookie]);
    await page.goto(`${down.url}/`);
    await expect(page.getByText("could not be read").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeVisible();
    expect((await page.request.get(`${down.url}/api/health`)).status()).toBe(503);
  } finally {
    await down.stop();
  }
});

test("health says what is reachable and nothing else; headers keep the page to itself", async ({ world, page }) => {
  const health = await page.request.get("/api/health");
  expect(health.status()).toBe(200);
  expect(await health.json()).toEqual({ status: "ok", checks: { data_api: "reachable", feed: "reachable" } });
  const response = await page.goto("/login");
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
  expect(policy).not.toContain("unsafe-inline");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(await page.content()).not.toContain(world.lite.anonKey);
});
