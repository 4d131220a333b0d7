import { expect, signInOn, test } from "./world/test.ts";

test.afterEach(async ({ world }) => {
  await world.db.query("delete from public.blocks where kind = 'stop'");
});

test("one press opens it, one stops everything; lifting needs the typed word", async ({ world, page }) => {
  await world.worker.settleAll();
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture });
  await world.run(id);
  await signInOn(page, admin, "/jobs");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByLabel("Reason, others will read it").fill("Wrong price in the spring mail");
  await page.getByRole("button", { name: "Stop everything" }).click();

  await expect(page).toHaveURL(/\/stop$/);
  await expect(page.getByText("“Wrong price in the spring mail”")).toBeVisible();
  await expect(page.locator(".hotp .stopping")).toContainText("STOPPING");
  await expect(page.getByText("Not confirmed, 1")).toBeVisible();
  await world.worker.settle(id, { outcome: "stopped", result: null });
  await expect(page.locator(".hotp .label")).toContainText("STOPPED");

  await page.goto("/approvals");
  await expect(page.getByRole("link", { name: "1 stop" })).toBeVisible();
  await expect(page.locator(".top .label")).toContainText("STOPPED");
  await page.goto(`/jobs/${id}`);
  await expect(page.locator(".answer")).toContainText("stopped: everything");
  await page.goto("/stop");
  const lift = page.getByRole("button", { name: "Lift this stop" });
  await page.getByRole("textbox", { name: "LIFT" }).fill("LIFT");
  await lift.click();
  await expect(page.getByText("ARMED")).toBeVisible();
  const [left] = await world.db.query("select count(*)::int as n from public.blocks where kind = 'stop'");
  expect(left).toEqual({ n: 0 });
});

test("an approver stops but does not lift", async ({ world, page }) => {
  await signInOn(page, await world.operator("approver"), "/stop");
  await page.locator("main").getByLabel("Reason, others will read it").fill("looks odd");
  await page.locator("main").getByRole("button", { name: "Stop everything" }).click();
  await expect(page.locator(".hotp")).toBeVisible();
  await expect(page.getByRole("button", { name: "Lift this stop" })).toBeDisabled();
  await expect(page.getByText("needs the role admin in the fleet; yours is approver")).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("engages from any page and lifts again", async ({ world, page }) => {
    await signInOn(page, await world.operator("admin"), "/jobs");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByLabel("Reason, others will read it").fill("no scripts here");
    await page.getByRole("button", { name: "Stop everything" }).click();
    await expect(page.getByText("“no scripts here”")).toBeVisible();
    await page.getByRole("textbox", { name: "LIFT" }).fill("LIFT");
    await page.getByRole("button", { name: "Lift this stop" }).click();
    await expect(page.getByText("ARMED")).toBeVisible();
  });
});
