import { createOperator, createTestDatabase, signIn, startTestLite } from "@holdpoint/local/testing";
import { addVenture, submitJob } from "@holdpoint/db/people";
import { expect, signInOn, test } from "./world/test.ts";
import { startWeb } from "./world/web-process.ts";
import { startWorkerProcess } from "./world/worker-process.ts";
import { World } from "./world/world.ts";

test("a real worker takes a job, and its output, progress and end are watched live", async ({ world, browser }) => {
  test.setTimeout(120_000);
  // A database of its own: the worker worked by hand announces other types under the same names.
  const db = await createTestDatabase({ adminUrl: world.server.adminUrl });
  const lite = await startTestLite(db);
  const web = await startWeb(World.env(db, lite));
  const worker = await startWorkerProcess(db);
  const context = await browser.newContext({ baseURL: web.url });
  try {
    const page = await context.newPage();
    const admin = await createOperator(db, { role: "admin" });
    const client = await signIn(lite, admin);
    await addVenture(client, { key: "acme", name: "Acme" });
    await signInOn(page, admin, "/fleet");
    await expect(page.getByText("real-worker", { exact: true })).toBeVisible({ timeout: 30_000 });
    const { id } = await submitJob(client, { type: "talk", venture: "acme", payload: { lines: 12, everyMs: 400 } });
    await page.goto(`/jobs/${id}`);
    const log = page.locator("pre.log");
    await expect(log).toContainText("line 1\n", { timeout: 15_000 });
    await expect(log).toContainText("line 12", { timeout: 20_000 });
    await expect(page.locator(".map .here")).toContainText("succeeded", { timeout: 15_000 });
    await expect(page.getByText("The run has ended.")).toBeVisible();
    const lines = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`).join("\n");
    expect((await log.innerText()).trim()).toBe(lines);
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : ""}\nThe worker said:\n${worker.output().slice(-4_000)}`,
      {
        cause: error,
      },
    );
  } finally {
    await context.close();
    await worker.stop();
    await web.stop();
    await lite.close();
    await db.drop();
  }
});

test("ends within seconds though streams are open, and the tabs wait for it to come back", async ({
  world,
  browser,
}) => {
  const web = await startWeb(World.env(world.db, world.lite));
  const context = await browser.newContext({ baseURL: web.url });
  const page = await context.newPage();
  await signInOn(page, await world.operator("admin"));
  await page.locator('html[data-stream="live"]').waitFor();
  const started = performance.now();
  await web.stop();
  expect(performance.now() - started).toBeLessThan(4_000);
  await expect(page.locator(".cutline")).toBeVisible({ timeout: 15_000 });
  await context.close();
});
