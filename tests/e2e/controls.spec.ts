import { expect, signInOn, test } from "./world/test.ts";

test.afterEach(async ({ world }) => {
  await world.db.query("delete from public.blocks where kind in ('stop', 'pause')");
});

test("a part of the work is paused and resumed, and stopped and lifted", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const venture = await world.venture();
  await signInOn(page, admin, "/stop");
  const part = page.locator(".panel", { hasText: "A part of the work" });
  await part.getByLabel("Its name").fill(`${venture}x`);
  await part.getByLabel("Why? Others will read it").fill("moving house");
  await part.getByRole("button", { name: "Pause it" }).click();
  await expect(part.getByRole("alert")).toContainText("There is no venture");
  await part.getByLabel("Its name").fill(venture);
  await part.getByRole("button", { name: "Pause it" }).click();
  const paused = page.locator(".pauses li", { hasText: `venture ${venture}` });
  await expect(paused).toContainText("“moving house”");
  await paused.getByRole("button", { name: "Resume" }).click();
  await expect(paused).toHaveCount(0);

  await part.getByLabel("Scope").selectOption("paid");
  await part.getByLabel("Why? Others will read it").fill("the bill looks wrong");
  await part.getByRole("button", { name: "Stop it" }).click();
  await expect(page.locator(".hotp")).toContainText("paid");
  await page.locator(".hotp").getByRole("textbox", { name: "LIFT" }).fill("LIFT");
  await page.locator(".hotp").getByRole("button", { name: "Lift this stop" }).click();
  await expect(page.locator(".hotp")).toHaveCount(0);
});

test("a worker is drained, undrained and killed with the typed word", async ({ world, page }) => {
  const [other] = await world.db.query<{ id: string }>(
    "insert into public.workers (id, name, host, lanes, slots, version, schema_min, schema_max) values (holdpoint.new_id(), 'spare', 'h', '{build}', 1, '0', 1, 1) returning id",
  );
  await signInOn(page, await world.operator("admin"), "/fleet");
  const row = page.locator(".workers li", { hasText: "spare" });
  await row.getByText("Act…").click();
  await row.getByLabel("Reason, others will read it").fill("new machine");
  await row.getByRole("button", { name: "Drain" }).click();
  await expect(row).toContainText("DRAINING");
  await row.getByRole("button", { name: "Undrain" }).click();
  await expect(row).not.toContainText("DRAINING");
  await row.getByRole("button", { name: "Kill" }).click();
  await expect(row.getByRole("alert")).toContainText("reason");
  await row.getByLabel("Reason, others will read it").fill("it hangs");
  await row.getByLabel("To kill it").fill("KILL");
  await row.getByRole("button", { name: "Kill" }).click();
  await expect(row).toContainText("KILLED");
  await world.db.query("update public.workers set ended_at = clock_timestamp(), end_reason = 'test' where id = $1", [
    other?.id,
  ]);
  await world.db.query("delete from public.blocks where kind = 'drain'");
});

test("an admin changes a role and deactivates; others see only themselves", async ({ world, page, browser }) => {
  const viewer = await world.operator("viewer");
  await signInOn(page, await world.operator("admin"), "/operators");
  const row = page.locator(".operators li", { hasText: viewer.email });
  await row.getByText("Change…").click();
  await row.getByLabel("Role there").selectOption("approver");
  await row.getByRole("button", { name: "Set this role" }).click();
  await expect(row).toContainText("approver in fleet");

  const context = await browser.newContext({ baseURL: world.web.url });
  const other = await context.newPage();
  await signInOn(other, viewer, "/operators");
  await expect(other.locator(".operators li")).toHaveCount(1);
  await expect(other.getByText("You see only yourself")).toBeVisible();

  await row.getByRole("button", { name: "Deactivate" }).click();
  await expect(row).toContainText("DEACTIVATED");
  await other.goto("/jobs");
  await expect(other).toHaveURL(/\/login/);
  await context.close();
});
