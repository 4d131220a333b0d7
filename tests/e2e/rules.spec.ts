import { expect, signInOn, test } from "./world/test.ts";

test.afterEach(async ({ world }) => {
  await world.db.query("update public.settings set policy_version = 1");
});

test("the rules in force are a table, with who activated them and their text", async ({ world, page }) => {
  const admin = await world.operator("admin");
  const source = `# for a test\nformat: 1\nrules:\n  - name: two_for_never\n    when: { venture: never-there, ceiling_over: 25 }\n    approve: { people: 2 }\n`;
  const when = { venture: "never-there", ceiling_over: 25 };
  const document = { format: 1, rules: [{ name: "two_for_never", when, approve: { people: 2 } }] };
  // Without the floor that an activation raises: the other tests of this world decide by the first version.
  const [stored] = await world.db.query<{ version: number }>(
    `with p as (insert into public.policies (version, source, sha256, document, reason, activated_by, activated_at)
       select max(version) + 1, $1, encode(sha256(convert_to($1, 'UTF8')), 'hex'), $2, 'two pairs of eyes', $3, clock_timestamp() from public.policies returning version)
     update public.settings set policy_version = p.version from p returning p.version`,
    [source, JSON.stringify(document), admin.email],
  );

  await signInOn(page, admin, "/rules");
  await expect(page.getByRole("heading", { name: `Policy, version ${stored?.version}` })).toBeVisible();
  const row = page.getByRole("row", { name: /two_for_never/ });
  await expect(row).toContainText("venture never-there, ceiling over $25");
  await expect(row).toContainText("asks for two different approvers");
  await expect(page.getByText("“two pairs of eyes”")).toBeVisible();
  await expect(page.getByText("Always held for a person: deploy, push, spend, contact, publish.")).toBeVisible();
  await page.getByText("Its text").click();
  await expect(page.getByText("# for a test")).toBeVisible();
});

test("POST /api/plan asks as its operator, and says what is wrong in the one error shape", async ({ world, page }) => {
  const venture = await world.venture();
  const plan = async (data: unknown) => {
    const answer = await page.request.post("/api/plan", { data: data as object });
    return { status: answer.status(), body: (await answer.json()) as { error?: { reason: string; field?: string } } };
  };
  expect(await plan({ type: "health_scan", venture })).toMatchObject({
    status: 401,
    body: { error: { reason: "not_signed_in" } },
  });
  await signInOn(page, await world.operator("approver"), "/rules");
  expect(await plan({ type: "health_scan", ventur: venture })).toMatchObject({
    status: 400,
    body: { error: { code: "invalid", reason: "bad_input" } },
  });
  expect(await plan("no json")).toMatchObject({ status: 400 });
  expect(await plan({ type: "health_scan", venture: "nowhere" })).toMatchObject({ status: 404 });
});
