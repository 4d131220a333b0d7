import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";

let stack: CliStack;
beforeAll(async () => {
  stack = await startCliStack();
});
afterAll(() => stack.close());

const as = (actor: "admin" | "approver" | "viewer", ...args: string[]) => stack.as(actor, [...args, "--json"]);
const answer = z.looseObject({ scope: z.string(), kind: z.string(), max: z.int().nullable() });
const listed = z.looseObject({ items: z.array(z.looseObject({ key: z.string(), kind: z.string(), max: z.int() })) });

test("limits of ventures are set by an admin and listed with what is in use", async () => {
  errorOf(await as("approver", "limits", "set", "venture:acme", "5"), 1, "role_too_low");
  expect(documentOf(await as("admin", "limits", "set", "venture:acme", "7"), answer)).toMatchObject({ max: 7 });
  expect(documentOf(await as("admin", "limits", "set", "venture:acme", "40/1h"), answer)).toMatchObject({
    kind: "first_starts",
    max: 40,
  });
  expect(documentOf(await as("viewer", "limits", "list"), listed).items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: "acme", kind: "concurrency", max: 7 }),
      expect.objectContaining({ key: "acme", kind: "first_starts", max: 40 }),
    ]),
  );
  expect((await stack.as("viewer", ["limits", "list"])).stdout).toMatch(/venture:acme +first starts an hour +40 +0/);
  const removed = await stack.as("admin", ["limits", "set", "venture:acme", "none/1h"]);
  expect(removed.stdout).toContain("Removed the limit of first starts an hour of venture acme (was 40).");
  errorOf(await as("admin", "limits", "set", "venture:acme", "none/1h"), 1, "no_such_limit");
});

test("what makes no sense is refused with what would", async () => {
  expect(errorOf(await as("admin", "limits", "set", "ventur:acme", "5"), 2, "unknown_scope").message).toContain(
    "venture",
  );
  errorOf(await as("admin", "limits", "set", "venture", "5"), 2, "bad_target");
  for (const value of ["many", "5/2h", "1.5"]) {
    errorOf(await as("admin", "limits", "set", "venture:acme", value), 2, "bad_limit");
  }
  errorOf(await as("admin", "limits", "set", "type:build", "5/1h"), 2, "bad_limit");
  expect(errorOf(await as("admin", "limits", "set", "venture:acmee", "5"), 1, "unknown_venture").message).toContain(
    "acme",
  );
  errorOf(await as("admin", "limits", "set", "type:no_such", "5"), 1, "unknown_type");
  errorOf(await as("admin", "limits", "set", "provider:nowhere", "5/1m"), 1, "unknown_provider");
  errorOf(await as("admin", "limits", "set", "provider:nowhere", "5"), 2, "bad_limit");
});

test("the fleet's own limits: workers, and what a new venture begins with", async () => {
  errorOf(await as("approver", "limits", "set", "workers", "5"), 1, "role_too_low");
  for (const [target, value] of [
    ["workers", "0"],
    ["workers", "5/1h"],
    ["new-ventures", "none"],
  ] as const) {
    errorOf(await as("admin", "limits", "set", target, value), 2, "bad_limit");
  }
  expect(errorOf(await as("admin", "limits", "set", "worker", "5"), 2, "unknown_scope").message).toContain("workers");
  errorOf(await as("admin", "limits", "set", "workers:all", "5"), 2, "bad_target");
  const own = z.looseObject({ workers: z.looseObject({ max: z.int() }), defaults: z.looseObject({}) });
  expect(documentOf(await as("admin", "limits", "set", "workers", "5"), own)).toMatchObject({ workers: { max: 5 } });
  await as("admin", "limits", "set", "new-ventures", "9");
  expect((await stack.as("admin", ["limits", "set", "new-ventures", "70/1h"])).stdout).toContain(
    "A new venture begins with 9 concurrent runs and 70 first starts an hour.",
  );
  await as("admin", "venture", "add", "late");
  expect(documentOf(await as("admin", "limits", "list"), listed).items.filter((one) => one.key === "late")).toEqual([
    expect.objectContaining({ kind: "concurrency", max: 9 }),
    expect.objectContaining({ kind: "first_starts", max: 70 }),
  ]);
  const [event] = await stack.db.query<{ body: string }>(
    "select body from public.venture_events where body like '%fleet_limits.set%' order by seq limit 1",
  );
  expect(event?.body).toContain('"max_workers": 5, "max_workers_was": 3');
});
