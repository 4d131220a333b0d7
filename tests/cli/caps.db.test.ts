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
const capsDocument = z.looseObject({
  time_zone: z.string(),
  items: z.array(z.looseObject({ venture: z.string().nullable(), period: z.string(), cap_microusd: z.int() })),
});

test("caps are set by an admin in dollars, overridden until a time, and listed with what is left", async () => {
  expect((await stack.as("viewer", ["caps", "list"])).stdout).toContain("automatic spend is off");
  errorOf(await as("approver", "caps", "set", "--day", "25"), 1, "role_too_low");
  await as("admin", "caps", "set", "--day", "100");
  const set = z.looseObject({ cap_microusd: z.int(), threshold_microusd: z.int() });
  expect(
    documentOf(await as("admin", "caps", "set", "--venture", "acme", "--day", "25.50", "--threshold", "10"), set),
  ).toMatchObject({ cap_microusd: 25_500_000, threshold_microusd: 10_000_000 });
  await as("admin", "caps", "override", "--venture", "acme", "--day", "40", "--until", "2090-01-01T00:00:00Z");
  const listed = documentOf(await as("admin", "caps", "list"), capsDocument);
  expect(listed.items).toMatchObject([
    { venture: null, period: "day", cap_microusd: 100_000_000, left_microusd: 100_000_000 },
    { venture: "acme", cap_microusd: 40_000_000, base_microusd: 25_500_000 },
  ]);
  const text = (await stack.as("admin", ["caps", "list"])).stdout;
  expect(text).toContain("overridden until");
  expect(text).toContain(`Periods end in the zone ${listed.time_zone}.`);
  await as("admin", "caps", "override", "--venture", "acme", "--end", "day");
  errorOf(await as("admin", "caps", "override", "--venture", "acme", "--end", "day"), 1, "not_overridden");
});

test("what makes no sense is refused with what would", async () => {
  errorOf(await as("admin", "caps", "set"), 2, "missing_option");
  errorOf(await as("admin", "caps", "set", "--day", "1", "--week", "2"), 2, "missing_option");
  errorOf(await as("admin", "caps", "set", "--day=-5"), 2, "bad_money");
  errorOf(await as("admin", "caps", "set", "--day", "lots"), 2, "bad_money");
  errorOf(await as("admin", "caps", "override", "--day", "5"), 2, "missing_option");
  const misspelt = errorOf(await as("admin", "caps", "set", "--venture", "acmee", "--day", "5"), 1, "unknown_venture");
  expect(misspelt.message).toContain("acme");
  errorOf(await as("admin", "caps", "clear-overrun", "acme", "--reason", "looked at it"), 1, "no_overrun");
});

test("a correction says which way, in money that is money, about an effect that there is", async () => {
  const correct = (...args: string[]) => as("admin", "ledger", "correct", crypto.randomUUID(), "charge", ...args);
  const reason = ["--reason", "the bank says so"];
  errorOf(await correct(...reason), 2, "missing_option");
  errorOf(await correct("--happened", "--not-happened", ...reason), 2, "missing_option");
  errorOf(await correct("--happened", "--cost=-1", ...reason), 2, "bad_money");
  errorOf(await correct("--not-happened", ...reason), 1, "unknown_job");
});

test("the ledger is empty before money moves, and says so", async () => {
  const balance = z.looseObject({ sum_microusd: z.literal(0), items: z.array(z.unknown()).length(0) });
  documentOf(await as("viewer", "ledger", "balance"), balance);
  expect((await stack.as("viewer", ["ledger", "entries"])).stdout).toContain("no such row");
  errorOf(await as("viewer", "ledger", "entries", "--account", "captred"), 2, "unknown_account");
  errorOf(await as("viewer", "ledger", "entries", "--before", "x"), 2, "bad_place");
});
