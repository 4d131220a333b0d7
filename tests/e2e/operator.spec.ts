import { DEFAULT_APPROVAL } from "@holdpoint/policy";
import { recordedRequest } from "@holdpoint/sdk";
import { expect, signInOn, test } from "./world/test.ts";

test.afterEach(async ({ world }) => {
  await world.worker.settleAll();
  await world.db.query("delete from public.blocks where scope = 'provider'");
  await world.db.query("update public.job_types set providers = '{}'");
  await world.db.query("update public.settings set venture_concurrency = 3, retention_months = null");
});

test("a run gets the signal that it waits for; the job is replayed from a step, dry, and compared", async ({
  world,
  page,
}) => {
  test.slow();
  const { worker } = world;
  const approver = await world.operator("approver");
  const client = await world.client(approver);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture, payload: { page: 1 } });
  await world.run(id);
  await worker.step(id, "fetch", { bytes: 10 });
  await worker.step(id, "check", { ok: true });
  expect(await worker.wait(id, { kind: "signal", name: "review", request: null })).toBe("park");

  await signInOn(page, approver, `/jobs/${id}`);
  await expect(page.locator(".answer")).toContainText("Its run waits for the signal review");
  await expect(page.getByText("Waits for a signal.")).toBeVisible();
  const signals = page.locator("#signals");
  await expect(signals.getByLabel("Signal", { exact: true })).toHaveValue("review");
  await signals.getByLabel("Data, as JSON; may be left out").fill("{ok}");
  await signals.getByRole("button", { name: "Send the signal" }).click();
  await expect(signals.getByRole("alert")).toContainText("not JSON");
  await signals.getByLabel("Data, as JSON; may be left out").fill('{"ok": true}');
  await signals.getByRole("button", { name: "Send the signal" }).click();
  await expect(signals.getByText("Sent review. The job goes on.")).toBeVisible();
  await expect(signals.locator("li", { hasText: "review" })).toHaveCount(1);
  await world.run(id);
  expect(await worker.wait(id, { kind: "signal", name: "review", request: null })).toBe("signal");
  await worker.settle(id);

  await page.reload();
  await page.getByText("Replay…").click();
  await page.getByRole("combobox", { name: "From" }).selectOption("check");
  await page.getByLabel("Payload").fill('{"page": 2}');
  await page.getByRole("button", { name: "Dry run" }).click();
  await expect(page.getByText("Submitted a dry run; 1 step was taken over.")).toBeVisible();
  await page.getByRole("link", { name: "Open the new job" }).click();
  await expect(page.locator(".title")).toContainText("dry run of");
  await page.getByRole("link", { name: `Compare with ${id}` }).click();
  await expect(page.getByText("First difference: payload.page: was 1, is 2.")).toBeVisible();
  const fact = (name: RegExp) => page.locator(".facts-table tr").filter({ hasText: name });
  await expect(fact(/^payload\.page/)).toContainText("differs");
  await expect(fact(/^venture/)).toHaveCount(0);
  await page.getByRole("link", { name: /Show the \d+ facts/ }).click();
  await expect(fact(/^venture/)).toContainText(venture);
  await page.getByRole("link").filter({ hasText: /…/ }).first().click();
  await page.getByRole("link", { name: "Compare with the last that worked" }).click();
  await expect(page.getByText("First difference: payload.page: was 1, is 2.")).toBeVisible();
});

test("a plan is approved from now on by two people, and the standing approval is ended", async ({ world, page }) => {
  const [ana, bo] = [await world.operator("approver"), await world.operator("approver")];
  const venture = await world.venture();
  const id = await world.submit(await world.client(await world.operator("approver")), { type: "mail", venture });
  const approval = { ...DEFAULT_APPROVAL, people: 2, typed: "SEND" };
  await world.db.query("update public.jobs set approval = $2 where id = $1", [id, JSON.stringify(approval)]);
  await signInOn(page, ana, `/approvals/${id}`);
  await page.getByRole("link", { name: "Approve the same plan from now on…" }).click();
  await page.getByLabel("Until, in UTC; within a year").fill(`${new Date().getUTCFullYear() + 2}-01-01T00:00`);
  await page.getByLabel(/At most so often/).fill("30");
  await page.getByLabel(/Why need nobody look/).fill("the same mail each week");
  await page.getByLabel("Type SEND").fill("SEND");
  await page.getByRole("button", { name: "Sign it" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "366 days" })).toBeVisible();
  await expect(page.getByLabel(/At most so often/)).toHaveValue("30");
  const soon = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await page.getByLabel("Until, in UTC; within a year").fill(soon);
  await page.getByLabel("Type SEND").fill("SEND");
  await page.getByRole("button", { name: "Sign it" }).click();
  await expect(page.getByText(/A second person must sign it.*This job is approved too/)).toBeVisible();
  await page.getByRole("link", { name: "All standing approvals" }).click();
  const mine = page.locator(".pauses li", { hasText: venture });
  await expect(mine).toContainText("waits for a second signature");
  await expect(mine.getByText("Sign…")).toHaveCount(0);

  await page.context().clearCookies();
  await signInOn(page, bo, "/approvals/standing");
  await mine.getByText("Sign…").click();
  await mine.getByLabel("Type SEND").fill("SEND");
  await mine.getByRole("button", { name: "Sign as the second person" }).click();
  await expect(mine).toContainText("Used 0 of 30 times");
  await expect(mine).toContainText(": stands.");
  await mine.getByText("End…").click();
  await mine.getByLabel("Why? Others will read it").fill("the list changed");
  await mine.getByRole("button", { name: "End it for good" }).click();
  await expect(mine).toHaveCount(0);
  await page.getByRole("link", { name: "Show ended ones too" }).click();
  await expect(mine).toContainText("ended it: “the list changed”");
});

test("limits are seen with how full they are, set, refused and removed; retention is set with its word", async ({
  world,
  page,
}) => {
  const venture = await world.venture();
  const client = await world.client(await world.operator("approver"));
  const id = await world.submit(client, { type: "health_scan", venture });
  await world.run(id);
  await world.db.query("update public.job_types set providers = '{weather}' where name = 'health_scan'");
  await world.db.query(
    "select holdpoint.block_provider('weather', 'provider_down', 'The provider weather is down.', now() + interval '5 minutes', now(), now())",
  );
  await signInOn(page, await world.operator("admin"), "/rules");
  await page.getByRole("link", { name: "Limits" }).click();
  const row = (name: string) => page.locator("tr", { has: page.locator("th", { hasText: name }) });
  await expect(row(venture)).toContainText("1 of 3");
  await expect(row("weather")).toContainText("DOWN until");
  const set = async (which: string, key: string, max: string, button = "Set the limit") => {
    await page.getByLabel("Which", { exact: false }).first().selectOption(which);
    await page.getByLabel("Its name; none for the fleet’s own").fill(key);
    await page.getByLabel("How many").fill(max);
    await page.getByRole("button", { name: button }).click();
  };
  await set("venture", `${venture}x`, "1");
  await expect(page.getByRole("alert").filter({ hasText: "There is no venture" })).toBeVisible();
  await set("venture", venture, "1");
  await expect(row(venture)).toContainText("FULL");
  await set("venture", venture, "", "Remove it");
  await expect(row(venture)).toContainText("no limit");
  await set("new", "", "7");
  await expect(page.getByText(/A new venture begins with 7 runs/)).toBeVisible();

  await page.getByRole("link", { name: "Proof and retention" }).click();
  await page.getByLabel("Months of ended jobs; empty: as it is").fill("24");
  await page.getByRole("button", { name: "Set it" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "type DROP" })).toBeVisible();
  await page.getByLabel(/type DROP/).fill("DROP");
  await page.getByRole("button", { name: "Set it" }).click();
  await expect(page.getByText(/Ended jobs are kept 24 months/).first()).toBeVisible();
  await page.getByRole("button", { name: "Keep ended jobs for ever" }).click();
  await expect(page.getByText(/Ended jobs are kept for ever/).first()).toBeVisible();
});

test("what a run asks is a card in its own words, approved with the form; a failed job's versions are linked", async ({
  world,
  page,
}) => {
  const approver = await world.operator("approver");
  const client = await world.client(approver);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "health_scan", venture, payload: { page: 1 } });
  await world.run(id);
  const asked = recordedRequest({
    name: "publish",
    title: "Publish 31 pages",
    summary: "Two pages are slow.\nNothing is left out.",
    form: [{ name: "tone", type: "choice", choices: ["calm", "loud"] }],
  });
  expect(await world.worker.wait(id, { kind: "approval", name: "publish", request: asked })).toBe("park");
  await signInOn(page, approver, `/jobs/${id}`);
  await expect(page.getByText("Its run asks: “Publish 31 pages”.")).toBeVisible();
  await page.getByRole("link", { name: "Approvals" }).first().click();
  await page.getByRole("link", { name: new RegExp(`Publish 31 pages.*${venture}`) }).click();
  await expect(page.getByText("The job’s own words")).toBeVisible();
  await expect(page.getByRole("link", { name: "Approve the same plan from now on…" })).toHaveCount(0);
  await page.locator(".decide").getByLabel("tone").selectOption("calm");
  await page
    .locator(".decide")
    .getByRole("button", { name: /Approve/ })
    .click();
  await expect(page.locator(".decide")).toContainText("approved this");
  await world.run(id);
  expect(await world.worker.wait(id, { kind: "approval", name: "publish", request: asked })).toBe("approved");

  await world.worker.settle(id, { outcome: "failed", errorClass: "bad_input", errorMessage: "no such page" });
  await page.goto(`/jobs/${id}`);
  await page.getByText("Edit and resubmit…").click();
  await page.getByLabel("Payload").last().fill('{"page": 2}');
  await page.getByLabel("Why? Others will read it").fill("the page was renamed");
  await page.getByRole("button", { name: "Submit the edit, discard this one" }).click();
  const link = page.locator(".kin li", { hasText: "Edited as" });
  await expect(link).toBeVisible();
  await page.getByRole("link", { name: "Open the incident" }).click();
  await expect(page.getByRole("heading", { name: "Versions of this job" })).toBeVisible();
  await link.getByRole("link", { name: /Compare/ }).click();
  await expect(page.getByText("First difference: payload.page: was 1, is 2.")).toBeVisible();
});
