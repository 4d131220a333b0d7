import { IN_BROWSER } from "./world/in-browser.ts";
import { expect, signInOn, test } from "./world/test.ts";

test("a job changes on the screen without a reload, from submit to success", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture });
  await signInOn(page, admin, `/jobs/${id}`);
  await page.locator('html[data-stream="live"]').waitFor();
  await page.evaluate(IN_BROWSER.mark);
  const here = page.locator(".map .here");
  await expect(here).toContainText("queued");
  await world.run(id);
  await expect(here).toContainText("running");
  await expect(page.locator("main .label").first()).toContainText("LIVE");
  await world.worker.settle(id);
  await expect(here).toContainText("succeeded");
  await expect(page.locator(".answer")).toContainText("Succeeded in");
  expect(await page.evaluate(IN_BROWSER.isMarked)).toBe(true);
});

test("output appears as it is written", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture });
  await world.run(id);
  await world.worker.write(id, 1, "first line\n");
  await signInOn(page, admin, `/jobs/${id}`);
  const log = page.locator("pre.log");
  await expect(log).toContainText("first line");
  await world.worker.write(id, 2, "second line\n");
  await expect(log).toContainText("second line");
  await world.worker.write(id, 3, "last line\n");
  await world.worker.settle(id);
  await expect(log).toContainText("last line");
  await expect(page.getByText("The run has ended.")).toBeVisible();
  expect(await log.innerText()).toBe("first line\nsecond line\nlast line\n");
});

test("the list stands still: rows change in place, new ones wait, gone ones say what they became", async ({
  world,
  page,
}) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const first = await world.submit(client, { type: "health_scan", venture });
  const second = await world.submit(client, { type: "health_scan", venture });
  await signInOn(page, admin, `/jobs?state=queued&venture=${venture}`);
  await page.locator('html[data-stream="live"]').waitFor();
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await world.submit(client, { type: "health_scan", venture });
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await expect(rows).toHaveCount(2);

  await world.run(first);
  await world.worker.settle(first);
  await expect(page.locator("tr.left")).toContainText("now succeeded");
  await expect(rows).toHaveCount(2);
  await expect(page.locator(`a[href="/jobs/${second}"]`).first()).toBeVisible();

  await page.getByRole("button", { name: "1 new" }).click();
  await expect(rows).toHaveCount(2);
  await expect(page.locator("tr.left")).toHaveCount(0);
});

test("filters live in the URL, pages go by key, and emptiness says which kind it is", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture({ name: "Paged venture" });
  for (let n = 0; n < 55; n++) await world.submit(client, { type: "health_scan", venture, payload: { n } });
  await signInOn(page, admin, "/jobs");
  await page.getByLabel("venture").selectOption(venture);
  await expect(page).toHaveURL(new RegExp(`venture=${venture}`));
  await expect(page.locator("tbody tr")).toHaveCount(50);
  const seen = await page
    .locator("tbody a[data-row]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(5);
  const older = await page
    .locator("tbody a[data-row]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  expect(new Set([...seen, ...older]).size).toBe(55);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(50);

  await page.getByRole("link", { name: /Refused/ }).click();
  await expect(page.getByText("No job matches.")).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL(/\/jobs$/);
});

test("j and k walk the rows, Enter opens, g n goes to Now", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const ids = [
    await world.submit(client, { type: "health_scan", venture }),
    await world.submit(client, { type: "health_scan", venture }),
  ];
  await signInOn(page, admin, `/jobs?venture=${venture}`);
  await page.locator('html[data-shortcuts="on"]').waitFor();
  await page.keyboard.press("j");
  await expect(page.locator(`tbody a[href="/jobs/${ids[1]}"]`)).toBeFocused();
  await page.keyboard.press("j");
  await expect(page.locator(`tbody a[href="/jobs/${ids[0]}"]`)).toBeFocused();
  await page.keyboard.press("k");
  await expect(page.locator(`tbody a[href="/jobs/${ids[1]}"]`)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/jobs/${ids[1]}`));
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await expect(page).toHaveURL(/\/$/);
});

test("cancels a waiting job with a reason", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "build", venture });
  await signInOn(page, admin, `/jobs/${id}`);
  await page.getByText("Cancel…").click();
  await page.getByLabel("Reason, kept in the event").fill("asked twice");
  await page.getByRole("button", { name: "Cancel this job" }).click();
  await expect(page.locator(".answer")).toContainText("Canceled: “asked twice”.");
  await expect(page.getByRole("button", { name: /Cancel/ })).toBeDisabled();
  expect(await world.state(id)).toBe("canceled");
});

test("events are numbered 1 to n and open to what they hold", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const client = await world.client(admin);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture });
  await world.run(id);
  await world.worker.settle(id);
  await signInOn(page, admin, `/jobs/${id}?see=events`);
  const numbers = await page
    .locator(".ev li")
    .evaluateAll((items) => items.map((item) => Number(item.getAttribute("data-seq"))));
  expect(numbers).toEqual([4, 3, 2, 1]);
  await page.locator(".ev summary").first().click();
  await expect(page.locator(".ev pre").first()).toContainText('"outcome": "succeeded"');
});
