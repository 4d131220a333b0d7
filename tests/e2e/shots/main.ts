/**
 * Pictures of every page at 1440 x 900 and 360 x 640 in both themes, to be looked at, and docs/screenshot.png.
 *   node tests/e2e/shots/main.ts [FOLDER] [--docs]
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "@playwright/test";
import config from "../playwright.config.ts";
import buildWeb from "../world/build-web.ts";
import { World } from "../world/world.ts";
import { seedScene, type Scene } from "./scene.ts";

const folder = process.argv[2] ?? "test-results/shots";
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);
const wanted = (name: string) => !only || only.split(",").includes(name);
mkdirSync(folder, { recursive: true });

const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 640 },
] as const;

function pages(scene: Scene): readonly (readonly [name: string, path: string])[] {
  return [
    ["now", "/"],
    ["approvals", "/approvals"],
    ["card", `/approvals/${scene.held}`],
    ["card-risk", `/approvals/${scene.risky}`],
    ["card-undo", `/approvals/${scene.undo}`],
    ["card-decided", `/approvals/${scene.rejected}`],
    ["card-claimed", `/approvals/${scene.running}`],
    ["card-dead", `/approvals/${scene.dead}`],
    ["jobs", "/jobs"],
    ["jobs-none", "/jobs?state=refused&type=mail"],
    ["job-running", `/jobs/${scene.running}`],
    ["job-done", `/jobs/${scene.done}?see=events`],
    ["job-comments", `/jobs/${scene.risky}`],
    ["job-waiting", `/jobs/${scene.held}?see=plan`],
    ["incidents", "/incidents"],
    ["incident", `/incidents/${scene.dead}`],
    ["job-dead", `/jobs/${scene.dead}`],
    ["job-signal", `/jobs/${scene.signal}`],
    ["job-asked", `/jobs/${scene.asked}`],
    ["job-sleeps", `/jobs/${scene.sleeps}`],
    ["job-replay", `/jobs/${scene.replay}`],
    ["card-asked", `/approvals/${scene.asked}`],
    ["compare", `/jobs/compare?a=${scene.replay}`],
    ["compare-all", `/jobs/compare?a=${scene.dead}&b=${scene.running}&all=1`],
    ["standing", "/approvals/standing"],
    ["standing-sign", `/approvals/${scene.risky}/standing`],
    ["limits", "/rules/limits"],
    ["proof", "/rules/proof"],
    ["stop", "/stop"],
    ["fleet", "/fleet"],
    ["ventures", "/ventures"],
    ["rules", "/rules"],
    ["operators", "/operators"],
    ["more", "/more"],
    ["password", "/password"],
  ];
}

async function shoot(browser: Browser, world: World, scene: Scene): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of SIZES) {
      const context = await browser.newContext({
        baseURL: world.web.url,
        viewport,
        colorScheme,
        hasTouch: viewport.width < 760,
      });
      const page = await context.newPage();
      const shot = (name: string) =>
        page.screenshot({ path: join(folder, `${name}-${viewport.width}-${colorScheme}.png`) });
      await page.goto("/login");
      if (wanted("login")) await shot("login");
      await page.getByLabel("E-mail").fill(scene.operator.email);
      await page.getByLabel("Password").fill(scene.operator.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(/\/$/);
      for (const [name, path] of pages(scene)) {
        if (!wanted(name)) continue;
        await world.worker.beat({ done: 7, total: 12, note: "pnpm build" });
        await page.goto(path);
        await page
          .locator('.fresh[data-state="live"]')
          .waitFor({ timeout: 8_000 })
          .catch(() => undefined);
        await page.evaluate("document.fonts.ready");
        await shot(name);
      }
      if (wanted("stop-sheet")) {
        await page.goto("/");
        await page.locator("header button.stop[popovertarget]").click();
        await shot("stop-sheet");
        await page.keyboard.press("Escape");
        await page.locator(".top .label").click();
        await shot("label-open");
      }
      if (wanted("stopped")) {
        await page.goto("/stop");
        await page.locator("main").getByLabel("Reason, others will read it").fill("Wrong price in the spring mail");
        await page.locator("main").getByRole("button", { name: "Stop everything" }).click();
        await page.locator(".hotp").waitFor();
        await shot("stopping");
        await page.goto("/");
        await shot("now-stopped");
        await world.db.query("delete from public.blocks where kind = 'stop'");
      }
      await context.close();
    }
  }
}

await buildWeb();
const world = await World.start();
const launch = config.use?.launchOptions ?? {};
const browser = await chromium.launch(launch);
try {
  const scene = await seedScene(world);
  await shoot(browser, world, scene);
  if (process.argv.includes("--docs")) {
    const context = await browser.newContext({ baseURL: world.web.url, viewport: SIZES[0], colorScheme: "light" });
    const page = await context.newPage();
    await page.goto("/login");
    await page.getByLabel("E-mail").fill(scene.operator.email);
    await page.getByLabel("Password").fill(scene.operator.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator('.fresh[data-state="live"]').waitFor();
    await world.worker.beat({ done: 7, total: 12, note: "pnpm build" });
    const client = await world.client(scene.operator);
    for (const venture of ["ledgerly", "mossgauge"]) await world.submit(client, { type: "health_scan", venture });
    await page.locator('.activity[data-total="4"]').waitFor();
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: join(import.meta.dirname, "../../../docs/screenshot.png") });
  }
} finally {
  await browser.close();
  await world.close();
}
