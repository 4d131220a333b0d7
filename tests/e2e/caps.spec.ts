import { setCap } from "@holdpoint/db/people";
import type { Locator, Page } from "@playwright/test";
import { expect, signInOn, test } from "./world/test.ts";

// Caps of the fleet would hold for the other tests of this world too.
test.afterEach(async ({ world }) => {
  await world.db.query("delete from public.blocks where kind = 'overrun'");
  await world.db.query("delete from public.caps");
});

const panelOf = (page: Page): Locator => page.locator(".panel", { hasText: "Spending caps" });

async function fill(panel: Locator, given: { venture: string; amount: string; until?: string }): Promise<void> {
  await panel.getByLabel("Whose").selectOption(given.venture);
  await panel.getByLabel("What may be spent").fill(given.amount);
  if (given.until !== undefined) await panel.getByLabel("Override until").fill(given.until);
}

test("an admin sets a cap; what is no amount is refused by its field, and nothing is lost", async ({ world, page }) => {
  const venture = await world.venture();
  await signInOn(page, await world.operator("admin"), "/rules");
  const panel = panelOf(page);
  await expect(panel).toContainText("automatic spend is off");
  for (const [amount, why] of [
    ["-3", "-3 is negative"],
    ["1e99", "not an amount of dollars"],
    ["9007199254", "more than a billion dollars"],
    ["", "Give an amount in dollars"],
  ] as const) {
    await fill(panel, { venture, amount });
    await panel.getByLabel("A person is asked past").fill("7");
    await panel.getByRole("button", { name: "Set the cap" }).click();
    await expect(panel.getByRole("alert")).toContainText(`What may be spent: `);
    await expect(panel.getByRole("alert")).toContainText(why);
    await expect(panel.getByLabel("What may be spent")).toHaveValue(amount);
    await expect(panel.getByLabel("What may be spent")).toHaveAttribute("aria-invalid", "true");
    await expect(panel.getByLabel("A person is asked past")).toHaveValue("7");
    await expect(panel.getByLabel("Whose")).toHaveValue(venture);
  }
  await panel.getByLabel("What may be spent").fill("5");
  await panel.getByRole("button", { name: "Set the cap" }).click();
  await expect(panel.getByRole("alert")).toContainText("The threshold ($7.00) is above the cap ($5.00)");
  // By keyboard alone, from the amount past the threshold and the override's time; Enter in a field sets nothing.
  await panel.getByLabel("What may be spent").fill("12.50");
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("alert")).toBeVisible();
  const button = panel.getByRole("button", { name: "Set the cap" });
  for (let presses = 0; presses < 20; presses++) {
    if (await button.evaluate((element) => element.matches(":focus"))) break;
    await page.keyboard.press("Tab");
  }
  await expect(button).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("status")).toContainText(`${venture}, a day: $12.50 from now on.`);
  const row = panel.getByRole("row", { name: new RegExp(`${venture}, a day`) });
  await expect(row).toContainText("$12.50");
  await expect(row).toContainText("$7.00");
});

test("an override needs its end, falls back by itself and can be ended, with no scripts either", async ({
  world,
  browser,
}) => {
  const venture = await world.venture();
  const admin = await world.operator("admin");
  await setCap(await world.client(admin), { venture, period: "day", cap_microusd: 25_000_000 });
  const context = await browser.newContext({
    baseURL: world.web.url,
    javaScriptEnabled: false,
    viewport: { width: 360, height: 640 },
  });
  const page = await context.newPage();
  await signInOn(page, admin, "/rules");
  const panel = panelOf(page);
  const row = panel.getByRole("row", { name: new RegExp(`${venture}, a day`) });
  const override = async (until: string): Promise<void> => {
    await fill(panel, { venture, amount: "60", until });
    await panel.getByRole("button", { name: "Override until then" }).click();
  };
  await override("");
  await expect(panel.getByRole("alert")).toContainText("Override until: An override always ends: say when.");
  await expect(panel.getByLabel("What may be spent")).toHaveValue("60");
  await override("2020-01-01T08:00");
  await expect(panel.getByRole("alert")).toContainText("Override until: ");
  await expect(panel.getByLabel("Override until")).toHaveValue("2020-01-01T08:00");

  await override("2099-01-01T08:00");
  await expect(panel.getByRole("status")).toContainText("$60.00 until 1 Jan 2099, 08:00:00 UTC, then $25.00 again.");
  await expect(row).toContainText("then $25.00 again");
  await row.getByRole("button", { name: "End it now" }).click();
  await expect(row).not.toContainText("$60.00");

  await override("2099-01-01T08:00");
  await expect(row).toContainText("$60.00");
  // Its time comes.
  await world.db.query("update public.caps set override_until = clock_timestamp() where key = $1", [venture]);
  await page.goto("/rules");
  await expect(row).toContainText("$25.00");
  await expect(row).not.toContainText("$60.00");
  await context.close();
});

test("an overrun is cleared with what was found, also where only the fleet has a cap", async ({ world, page }) => {
  const venture = await world.venture();
  await world.db.query(
    `insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
     values (holdpoint.new_id(), 'paid', $1::text, 'overrun', $1::text, 'A job cost $2.00 more than was set aside.', clock_timestamp(), 'run', 'e2e')`,
    [venture],
  );
  await signInOn(page, await world.operator("admin"), "/rules");
  const overrun = page.getByRole("region", { name: `Overrun of ${venture}` });
  await expect(overrun).toContainText("$2.00 more");
  await overrun.getByLabel("What you found").fill("the provider had doubled its price");
  await overrun.getByRole("button", { name: "Clear the overrun" }).click();
  await expect(overrun).toHaveCount(0);
  const [left] = await world.db.query<{ n: number }>(
    "select count(*)::int as n from public.blocks where kind = 'overrun' and key = $1",
    [venture],
  );
  expect(left?.n).toBe(0);
});

for (const role of ["viewer", "approver"] as const) {
  test(`${role} sees the caps and can't change them; an admin of one venture changes only that`, async ({
    world,
    page,
  }) => {
    const [venture, other] = [await world.venture(), await world.venture()];
    const admin = await world.client(await world.operator("admin"));
    await setCap(admin, { venture, period: "day", cap_microusd: 25_000_000 });
    await signInOn(page, await world.operator(role), "/rules");
    const panel = panelOf(page);
    await expect(panel.getByRole("row", { name: new RegExp(`${venture}, a day`) })).toContainText("$25.00");
    await expect(panel.getByRole("button", { name: "Set the cap" })).toBeDisabled();
    await expect(panel.getByLabel("What may be spent")).toBeDisabled();
    await expect(panel).toContainText("Needs the role admin");

    await page.context().clearCookies();
    await signInOn(page, await world.operator("admin", other), "/rules");
    await expect(panel.getByLabel("Whose").getByRole("option")).toHaveText([other]);
    await fill(panel, { venture: other, amount: "3" });
    await panel.getByRole("button", { name: "Set the cap" }).click();
    await expect(panel.getByRole("status")).toContainText("$3.00 from now on");
  });
}
