import { createOperator } from "@holdpoint/local/testing";
import { expect, signInOn, test } from "./world/test.ts";

test("signs in and out", async ({ world, page }) => {
  const operator = await world.operator("admin");
  await page.goto("/jobs?state=held");
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("E-mail").fill(operator.email);
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/jobs\?state=held$/);
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();

  const cookies = await page.context().cookies();
  const session = cookies.filter((cookie) => cookie.name.startsWith("hp-auth"));
  expect(session.length).toBeGreaterThan(0);
  expect(session.every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax")).toBe(true);

  await page.getByRole("button", { name: /Sign out/ }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto("/");
  await expect(page).toHaveURL(/\/login$/);
});

test("a wrong password says so, keeps the address and gives nothing away", async ({ world, page }) => {
  const operator = await world.operator("admin");
  await page.goto("/login");
  for (const email of [operator.email, "nobody@example.test"]) {
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("not the right one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("This e-mail and password do not belong together.")).toBeVisible();
    await expect(page.getByLabel("E-mail")).toHaveValue(email);
  }
});

test("a generated password must be changed before anything else opens", async ({ world, page }) => {
  const operator = await createOperator(world.db, { role: "admin", mustChange: true });
  await signInOn(page, operator).catch(() => undefined);
  await expect(page).toHaveURL(/\/password$/);
  await page.goto("/jobs");
  await expect(page).toHaveURL(/\/password$/);

  const change = async (current: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password, at least").fill("a longer pass phrase");
    await page.getByLabel("New password again").fill("a longer pass phrase");
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("not the current one");
  await expect(page.getByText("The current password is not right.")).toBeVisible();
  await change(operator.password);
  await expect(page.getByRole("navigation", { name: "Places" }).first()).toBeVisible();
  await expect(page).toHaveURL(/\/$/);

  await page.getByRole("button", { name: /Sign out/ }).click();
  await signInOn(page, { ...operator, password: "a longer pass phrase" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("a stranger who can sign in sees nothing", async ({ world, page }) => {
  const venture = await world.venture({ name: "Secret venture" });
  const client = await world.client(await world.operator("admin"));
  const id = await world.submit(client, { type: "build", venture });
  const stranger = await world.stranger();
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(stranger.email);
  await page.getByLabel("Password").fill(stranger.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("not an active operator")).toBeVisible();
  for (const path of ["/", "/jobs", `/jobs/${id}`, `/approvals/${id}`, "/ventures", "/stop"]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByText("Secret venture")).toHaveCount(0);
  }
  expect((await page.request.get("/api/stream")).status()).toBe(401);
  expect((await page.request.get(`/api/jobs/${id}/plan`)).status()).toBeGreaterThanOrEqual(401);
});

test("a member of one venture sees that one and no other", async ({ world, page }) => {
  const [mine, other] = [await world.venture({ name: "Mine alone" }), await world.venture({ name: "Somebody else’s" })];
  const client = await world.client(await world.operator("admin"));
  const hidden = await world.submit(client, { type: "build", venture: other });
  const shown = await world.submit(client, { type: "build", venture: mine });
  await signInOn(page, await world.operator("approver", mine), "/approvals");
  await expect(page.locator(`a[href="/approvals/${shown}"]`).first()).toBeVisible();
  await expect(page.locator(`a[href="/approvals/${hidden}"]`)).toHaveCount(0);
  await page.goto(`/jobs/${hidden}`);
  await expect(page.getByText("There is nothing here that you can see.")).toBeVisible();
});

test("a viewer sees every control, disabled, with the role it needs", async ({ world, page }) => {
  const venture = await world.venture();
  const client = await world.client(await world.operator("admin"));
  const id = await world.submit(client, { type: "build", venture });
  await signInOn(page, await world.operator("viewer"), `/approvals/${id}`);
  for (const name of [/Approve/, /Reject/]) await expect(page.getByRole("button", { name })).toBeDisabled();
  await expect(page.getByText(/Deciding needs the role approver in .*; yours is viewer/)).toBeVisible();
  await page.keyboard.press("a");
  await page.goto(`/jobs/${id}`);
  await expect(page.getByRole("button", { name: /Cancel/ })).toBeDisabled();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: "Stop everything" })).toBeDisabled();
  await expect(page.getByText(/needs the role approver in the fleet; yours is viewer/)).toBeVisible();
  expect(await world.state(id)).toBe("held");
});

test("posts from another site are refused", async ({ world, page }) => {
  await signInOn(page, await world.operator("admin"));
  const foreign = await page.request.post("/stop/engage", {
    headers: { origin: "https://evil.example" },
    form: { scope: "everything", reason: "not by you" },
    maxRedirects: 0,
  });
  expect(foreign.status()).toBe(403);
  const [count] = await world.db.query("select count(*)::int as n from public.blocks where kind = 'stop'");
  expect(count).toEqual({ n: 0 });
});
