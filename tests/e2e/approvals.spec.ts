import { decide, readJobDetail } from "@holdpoint/db/people";
import { DEFAULT_APPROVAL } from "@holdpoint/policy";
import { IN_BROWSER } from "./world/in-browser.ts";
import { expect, signInOn, test } from "./world/test.ts";
import type { World } from "./world/world.ts";

async function heldJob(world: World, payload: Record<string, unknown> = { ref: "main" }) {
  const ana = await world.operator("approver");
  const client = await world.client(ana);
  const venture = await world.venture();
  const id = await world.submit(client, { type: "build", venture, payload }, { commit: "4be1c09".padEnd(40, "0") });
  return { ana, client, venture, id };
}

async function planHash(world: World, id: string): Promise<string> {
  const [row] = await world.db.query<{ hash: string }>(
    "select encode(plan_hash, 'hex') as hash from public.jobs where id = $1",
    [id],
  );
  return row?.hash ?? "";
}

test("approves by keyboard, and the undo works until a worker claims", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await signInOn(page, ana, `/approvals/${id}`);
  await expect(page.getByRole("heading", { name: "Build commit 4be1c09" })).toBeVisible();
  // The key counts only once the card has stood for 0.4 s: press until it does.
  await expect(async () => {
    await page.keyboard.press("a");
    await expect(page.getByText(/approved this/)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  expect(await world.state(id)).toBe("queued");
  const undo = page.locator(".decide").getByRole("button", { name: /Undo/ });
  await expect(undo).toHaveText(/Undo \(\d+ s\)/);
  await undo.click();
  await expect(page.locator(".decide").getByRole("button", { name: /Approve/ })).toBeVisible();
  expect(await world.state(id)).toBe("held");
});

test("a key pressed while the card appears does nothing, nor does Enter", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await signInOn(page, ana);
  await page.addInitScript(IN_BROWSER.pressAtOnce);
  await page.goto(`/approvals/${id}`);
  await page.getByText("Add a reason, for either answer").click();
  await page.getByLabel("Reason", { exact: true }).fill("looks fine");
  await page.getByLabel("Reason", { exact: true }).press("Enter");
  await page.getByLabel("Reason", { exact: true }).press("a");
  await expect(page.getByLabel("Reason", { exact: true })).toHaveValue("looks finea");
  expect(await world.state(id)).toBe("held");
});

test("single-key shortcuts can be switched off, and on again", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await page.clock.install();
  await signInOn(page, ana, `/approvals/${id}`);
  const html = (shortcuts: string) => page.locator(`html[data-shortcuts="${shortcuts}"]`);
  const setting = page.getByLabel(/Single-key shortcuts/);
  await html("on").waitFor();
  await page.keyboard.press("?");
  await setting.uncheck();
  await html("off").waitFor();
  await page.keyboard.press("Escape");
  await expect(setting).toBeHidden();
  // From here on only the switch keeps the keys from counting: the card's first 0.4 s are over.
  await page.clock.fastForward(1_000);
  await page.keyboard.press("a");
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await expect(page).toHaveURL(new RegExp(id));
  expect(await world.state(id)).toBe("held");
  await page.getByRole("button", { name: "Shortcuts" }).click();
  await setting.check();
  await html("on").waitFor();
  await page.keyboard.press("Escape");
  await expect(setting).toBeHidden();
  await page.keyboard.press("r");
  await expect(page.locator(".decide")).toContainText("rejected this.");
});

test("rejects with a reason, which others read", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await signInOn(page, ana, `/approvals/${id}`);
  await page.getByText("Add a reason, for either answer").click();
  await page.getByLabel("Reason", { exact: true }).fill("list not cleaned yet");
  await page.getByRole("button", { name: /Reject/ }).click();
  await expect(page.locator(".decide")).toContainText("rejected this.");
  await expect(page.locator(".decide")).toContainText("list not cleaned yet");
  const [row] = await world.db.query("select verb, reason from public.decisions where job_id = $1", [id]);
  expect(row).toEqual({ verb: "reject", reason: "list not cleaned yet" });
});

test("approve and reject are twins: same size, weight and outline", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await signInOn(page, ana, `/approvals/${id}`);
  const looks = await page.evaluate<string[]>(IN_BROWSER.twins);
  expect(looks).toHaveLength(2);
  expect(looks[0]).toBe(looks[1]);
});

test("the second decider learns who was first, in place of the buttons", async ({ world, page }) => {
  const { client, id } = await heldJob(world);
  const ben = await world.operator("approver", "fleet", `ben-${id.slice(-6)}@example.test`);
  await signInOn(page, ben, `/approvals/${id}`);
  const approve = page.getByRole("button", { name: /Approve/ });
  await expect(approve).toBeEnabled();
  // Cut off from what is new (without an answer to a ping nothing is read again), so that it can't have learned of it.
  await page.route("**/api/stream*", (route) => route.abort());
  await page.route("**/api/ping", (route) => route.abort());
  await decide(client, { job: id, verb: "reject", planHash: await planHash(world, id), reason: "not now" });
  await approve.click();
  await expect(page.locator(".decide")).toContainText("decided this first: reject");
  await expect(page.locator(".decide")).toContainText("rejected this.");
  await expect(approve).toHaveCount(0);
  expect(await world.state(id)).toBe("rejected");
});

test("a decision made elsewhere replaces the buttons while the card is open", async ({ world, page }) => {
  const { ana, client, id } = await heldJob(world);
  await signInOn(page, ana, `/approvals/${id}`);
  await page.locator('html[data-stream="live"]').waitFor();
  const bar = page.locator(".decide");
  const before = await bar.boundingBox();
  await decide(client, { job: id, verb: "reject", planHash: await planHash(world, id), reason: "" });
  await expect(bar).toContainText("rejected this.");
  const after = await bar.boundingBox();
  expect(Math.abs((before?.y ?? 0) - (after?.y ?? 0))).toBeLessThan(2);
});

test("a plan that changes while the card is open can't be approved unseen", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await signInOn(page, ana, `/approvals/${id}`);
  await page.locator('html[data-stream="live"]').waitFor();
  await world.db.query("select holdpoint.readmit_jobs(array[$1::uuid], 'e2e', 'system', 'e2e', now())", [id]);
  await world.worker.admit({ commit: "c07b522".padEnd(40, "0") });
  await expect(page.locator(".decide")).toContainText("Plan changed.");
  await expect(page.getByRole("button", { name: /Approve/ })).toHaveCount(0);
  await page.getByRole("button", { name: /Open plan/ }).click();
  await expect(page.getByRole("button", { name: /Approve/ })).toBeEnabled();
  await expect(page.getByRole("heading", { name: "Build commit c07b522" })).toBeVisible();
});

test("an expired card says that nothing runs", async ({ world, page }) => {
  const { ana, id } = await heldJob(world);
  await world.db.query("update public.jobs set held_until = now() - interval '1 second' where id = $1", [id]);
  await signInOn(page, ana, `/approvals/${id}`);
  await expect(page.locator(".decide")).toContainText("Expired. Nothing runs.");
  await expect(page.getByRole("button", { name: /Approve/ })).toHaveCount(0);
});

test("a claimed job offers a cancel in place of the undo", async ({ world, page }) => {
  const { ana, client, id } = await heldJob(world);
  const { job } = await readJobDetail(client, id);
  await decide(client, { job: id, verb: "approve", planHash: job.plan_hash, reason: "" });
  await world.run(id);
  await signInOn(page, ana, `/approvals/${id}`);
  await expect(page.locator(".decide")).toContainText("Claimed by w-1");
  await page.getByRole("link", { name: "Cancel run…" }).click();
  await page.getByLabel("Reason, kept in the event").fill("wrong branch");
  await page.getByRole("button", { name: "Cancel this run" }).click();
  await expect(page.locator(".answer")).toContainText("was asked to stop");
  await world.worker.settle(id, { outcome: "canceled", result: null });
  await expect(page.locator(".map .here")).toContainText("canceled");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("signs in, approves and takes it back", async ({ world, page }) => {
    const { ana, id } = await heldJob(world);
    await signInOn(page, ana, `/approvals/${id}`);
    await page.getByRole("button", { name: /Approve/ }).click();
    await expect(page.getByText(/approved this/)).toBeVisible();
    expect(await world.state(id)).toBe("queued");
    await page.locator(".decide").getByRole("button", { name: /Undo/ }).click();
    await expect(page.locator(".decide").getByRole("button", { name: /Approve/ })).toBeVisible();
    expect(await world.state(id)).toBe("held");
  });

  test("rejects with a reason and says what was refused", async ({ world, page }) => {
    const { ana, client, id } = await heldJob(world);
    await signInOn(page, ana, `/approvals/${id}`);
    await page.getByText("Add a reason, for either answer").click();
    await page.getByLabel("Reason", { exact: true }).fill("no");
    await decide(client, { job: id, verb: "reject", planHash: await planHash(world, id), reason: "first" });
    await page.getByRole("button", { name: /Approve/ }).click();
    await expect(page.locator(".decide")).toContainText("decided this first");
    await expect(page.locator(".decide")).toContainText("rejected this.");
  });
});

test.describe("what an approval takes", () => {
  test.afterEach(async ({ world }) => {
    await world.db.query("update public.job_types set form = '[]' where name = 'build'");
  });

  test("a second person types the text and starts from the first one's values", async ({ world, page }) => {
    const { client, id } = await heldJob(world);
    const form = [{ name: "reach", type: "number", min: 1, max: 10, whole: true, required: true }];
    await world.db.query("update public.job_types set form = $1 where name = 'build'", [JSON.stringify(form)]);
    const approval = { ...DEFAULT_APPROVAL, people: 2, typed: "BUILD it" };
    await world.db.query("update public.jobs set approval = $2, submitted_by_id = 'cy@example.test' where id = $1", [
      id,
      JSON.stringify(approval),
    ]);
    await decide(client, {
      job: id,
      verb: "approve",
      planHash: await planHash(world, id),
      typed: "BUILD it",
      form: { reach: 3 },
    });
    const bo = await world.operator("approver");
    await signInOn(page, bo, `/approvals/${id}`);
    await expect(page.getByText("Needs a second person, an approver. You may.")).toBeVisible();
    await expect(page.getByText(/approved .* with reach 3/)).toBeVisible();
    await expect(page.getByLabel(/reach/)).toHaveValue("3");
    const approve = page.locator(".decide").getByRole("button", { name: /Approve/ });
    await approve.click();
    expect(await world.state(id)).toBe("held");
    await page.getByLabel("Type BUILD it").fill("BUILD it ");
    await approve.click();
    await expect(page.getByText("needs the typed confirmation")).toBeVisible();
    await page.getByLabel("Type BUILD it").fill("BUILD it");
    await approve.click();
    await expect(page.locator(".decide")).toContainText("approved this");
    expect(await world.state(id)).toBe("queued");
  });

  test("after many quick yeses the exact plan is opened first", async ({ world, page }) => {
    const ana = await world.operator("approver");
    const client = await world.client(ana);
    const venture = await world.venture();
    // On a busy machine five approvals and a page may take longer than the minute.
    await world.db.query("update public.settings set quick_window_ms = 600000");
    for (let n = 0; n < 5; n++) {
      const { id } = await heldJob(world, { ref: `r${n}` });
      await decide(client, { job: id, verb: "approve", planHash: await planHash(world, id) });
    }
    const id = await world.submit(client, { type: "mail", venture, payload: { list: "weekly" } });
    await signInOn(page, ana, `/approvals/${id}`);
    const approve = page.locator(".decide").getByRole("button", { name: /Approve/ });
    await approve.click();
    await expect(page.getByText("open its details first")).toBeVisible();
    expect(await world.state(id)).toBe("held");
    await page.getByRole("button", { name: "Open the exact plan first" }).click();
    await expect(page.getByLabel("Exact plan", { exact: true })).toContainText('"list": "weekly"');
    await approve.click();
    await expect(page.locator(".decide")).toContainText("approved this");
  });

  test("a comment is said on the job's page and read by others", async ({ world, page }) => {
    const { ana, id } = await heldJob(world);
    await signInOn(page, ana, `/jobs/${id}`);
    await page.getByLabel("Comment", { exact: true }).fill("wait for Monday");
    await page.getByRole("button", { name: "Comment" }).click();
    await expect(page.getByText("wait for Monday")).toBeVisible();
  });
});
