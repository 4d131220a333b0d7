import { expect, signInOn, test } from "./world/test.ts";

test("what failed is listed and explained, edited, and the rest discarded as one operation", async ({
  world,
  page,
}) => {
  test.slow();
  const approver = await world.operator("approver");
  const client = await world.client(approver);
  const venture = await world.venture();
  const failed = async (): Promise<string> => {
    const id = await world.submit(client, { type: "health_scan", venture, payload: {} });
    await world.run(id);
    await world.worker.settle(id, { outcome: "failed", errorClass: "bad_input", errorMessage: "no such address" });
    return id;
  };
  const ids = [await failed(), await failed(), await failed()];
  await signInOn(page, approver, `/jobs/${ids[0]}`);
  await page.getByRole("link", { name: "Open the incident" }).click();
  await expect(page.getByText("no such address").first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "What to do" })).toBeVisible();
  await page.getByText("Edit and resubmit…").click();
  await page.getByLabel("Payload").fill('{"url":"https://acme.example"}');
  await page.getByLabel("Why? Others will read it").fill("the address was missing");
  await page.getByRole("button", { name: "Submit the edit, discard this one" }).click();
  await expect(page.getByText("resolved", { exact: true })).toBeVisible({ timeout: 20_000 });

  await page.goto(`/incidents?venture=${venture}`);
  await expect(page.getByText("2 jobs", { exact: true })).toBeVisible();
  await page.getByLabel("Why? Kept with each decision").fill("an old campaign");
  await page.getByRole("button", { name: "Discard all 2" }).click();
  await expect(page.getByText("“an old campaign”")).toBeVisible({ timeout: 20_000 });
  const [started] = await world.db.query<{ id: string; total: number }>(
    "select id, total from public.bulk_operations where venture = $1",
    [venture],
  );
  expect(started?.total).toBe(2);
  await page.getByRole("button", { name: "Stop it" }).click();
  await expect(page.getByText(/stopped: 0 done/)).toBeVisible({ timeout: 20_000 });
});
