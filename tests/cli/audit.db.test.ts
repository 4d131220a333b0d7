import { randomBytes } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { appendAnchors, checkpointSchema } from "@holdpoint/db/audit";
import { readCheckpoints, registerWorker, seal } from "@holdpoint/db/runtime";
import { feedSettled } from "../machine/support/sealed.ts";
import { TYPES } from "../machine/support/types.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { runCli } from "./kit/run-cli.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";

let stack: CliStack;
let anchors: string;

beforeAll(async () => {
  stack = await startCliStack();
  anchors = join(stack.dataDir("admin"), "anchors", "checkpoints.jsonl");
});
afterAll(() => stack.close());

/** Seals what moved and anchors it, as a worker's duty does. */
async function sealAll(): Promise<void> {
  const client = new pg.Client({ connectionString: stack.db.workerUrl });
  await client.connect();
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(client, {
    name: "sealer",
    instance: key,
    key,
    host: "test",
    lanes: [],
    slots: 0,
    version: "0",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: [TYPES.plain],
  });
  const caller = { id: worker_id, key };
  await feedSettled(stack.db);
  expect(await seal(client, caller)).not.toBeNull();
  await appendAnchors(anchors, await readCheckpoints(client, caller, 0, 100));
  await client.end();
}

const verification = z.looseObject({
  ok: z.boolean(),
  checkpoints: z.int(),
  anchors: z.int(),
  upTo: checkpointSchema.nullable(),
  anchor_file: z.string().nullable(),
  breaks: z.array(z.looseObject({ kind: z.string() })),
  unchecked: z.array(z.string()),
});

/** The owner's URL comes from the environment of this one command, as on a hosted project. */
const asOwner = (...args: string[]) =>
  runCli(["audit", "verify", ...args], {
    env: {
      SUPABASE_URL: stack.lite.url,
      SUPABASE_ANON_KEY: stack.lite.anonKey,
      HOLDPOINT_OWNER_DATABASE_URL: stack.db.ownerUrl,
    },
  });

test("an operator prints the newest checkpoint; before the first there is none", async () => {
  errorOf(await stack.as("admin", ["audit", "anchor", "--json"]), 1, "nothing_sealed");
  await sealAll();
  const anchored = documentOf(await stack.as("admin", ["audit", "anchor", "--json"]), checkpointSchema);
  const line = (await stack.as("admin", ["audit", "anchor"])).stdout;
  expect(await readFile(anchors, "utf8")).toContain(line);
  expect(anchored.no).toBe(1);
  errorOf(await stack.as("viewer", ["audit", "anchor", "--json"]), 1, "role_too_low");
});

test("verifying needs the owner, says what it checked and could not check, and leaves evidence", async () => {
  errorOf(await stack.as("admin", ["audit", "verify", "--json"]), 5, "no_owner_access");
  const found = documentOf(await asOwner("--anchors", anchors, "--json"), verification);
  expect(found).toMatchObject({ ok: true, checkpoints: 1, anchors: 1, breaks: [], anchor_file: anchors });
  const text = (await asOwner()).stdout;
  expect(text).toContain("Nothing is broken.");
  expect(text).toContain("no anchors were given");
  const [seen] = await stack.db.query(
    "select ok, finding, stale_at > now() + interval '6 days' as lasts from public.evidence where subject = 'audit' order by seen_at limit 1",
  );
  expect(seen).toMatchObject({ ok: true, lasts: true });
  documentOf(await asOwner("--since", "1h", "--venture", "acme", "--json"), verification);
  const [count] = await stack.db.query("select count(*)::int as n from public.evidence where subject = 'audit'");
  expect(count).toEqual({ n: 2 });
});

test("a break ends with exit code 1, its place, and what was expected there", async () => {
  await stack.db.query("update public.venture_events set body = body || ' ' where venture = 'acme' and seq = 1");
  const broken = await asOwner("--anchors", anchors);
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/stream [0-9a-f-]{36}, event 1: the event's hash is not that of its body/);
  expect(broken.stdout).toMatch(/expected {2}[0-9a-f]{64}\n {2}found {5}[0-9a-f]{64}/);
  const other = join(stack.dataDir("admin"), "copy.jsonl");
  await cp(anchors, other);
  await writeFile(other, (await readFile(other, "utf8")).replace('"epoch":1', '"epoch":2'));
  const document = z.looseObject({ breaks: z.array(z.looseObject({ kind: z.string() })) });
  const { stdout } = await asOwner("--anchors", other, "--json");
  expect(document.parse(JSON.parse(stdout)).breaks.map((one) => one.kind)).toEqual(["anchor_damaged", "event_changed"]);
});

test("what is misspelt is answered with what there is", async () => {
  expect(errorOf(await asOwner("--venture", "acmee", "--json"), 2, "unknown_venture").message).toContain("acme");
  errorOf(await asOwner("--anchors", "nowhere.jsonl", "--json"), 2, "no_anchor_file");
  errorOf(await asOwner("--since", "yesterday", "--json"), 2, "bad_duration");
});

test("a job's proof is a file that verifies without any database, and names what was changed in it", async () => {
  const submitted = await stack.db.query<{ id: string }>(
    "select id from holdpoint.insert_jobs('operator', 'test', 'acme', 'plain', array['{\"secret\": \"s3cr3t\"}']::jsonb[], array[null::text], array[null::timestamptz], false, null, null)",
  );
  const id = submitted[0]?.id ?? "";
  await sealAll();
  const file = join(stack.dataDir("viewer"), "proof.json");
  const made = await stack.as("viewer", ["jobs", "proof", id, "-o", file]);
  expect(made).toMatchObject({ code: 0, stderr: `Wrote ${file}\n` });
  expect(made.stdout).toContain("The pack holds.");
  errorOf(await stack.as("viewer", ["jobs", "proof", id, "-o", file, "--json"]), 2, "file_exists");
  errorOf(await stack.as("elsewhere", ["jobs", "proof", id, "--json"]), 1, "unknown_job");
  const text = await readFile(file, "utf8");
  expect(text).not.toContain("s3cr3t");
  const outside = { env: {}, cwd: stack.dataDir("nobody") };
  const pack = z.looseObject({ ok: z.literal(true), anchored: z.literal(true), unchecked: z.array(z.never()) });
  documentOf(await runCli(["audit", "verify", file, "--anchors", anchors, "--json"], outside), pack);
  const printed = (await stack.as("viewer", ["jobs", "proof", id])).stdout;
  const piped = await runCli(["audit", "verify", "-", "--anchors", anchors], { ...outside, stdin: printed });
  expect(piped).toMatchObject({ code: 0 });
  expect(piped.stdout).toContain("which is anchored outside");
  const forged = await runCli(["audit", "verify", "-", "--json"], { ...outside, stdin: text.replace("acme", "acne") });
  expect(forged.code).toBe(1);
  expect(forged.json()).toMatchObject({ breaks: [{ kind: "pack_damaged" }] });
  errorOf(await runCli(["audit", "verify", "nowhere.json", "--json"], outside), 2, "file_unreadable");
  errorOf(await runCli(["audit", "verify", file, "--since", "1d", "--json"], outside), 2, "bad_option");
});

test("how long jobs are kept is shown to the fleet's operators and set by its admin, with a word", async () => {
  const status = z.looseObject({
    months: z.int().nullable(),
    log_days: z.literal(30),
    kept: z.array(z.looseObject({ month: z.string().regex(/^\d{4}-\d\d$/), stays: z.literal("retention") })).min(2),
    dropped: z.array(z.never()),
  });
  expect(documentOf(await stack.as("admin", ["retention", "show", "--json"]), status).months).toBeNull();
  errorOf(await stack.as("viewer", ["retention", "show", "--json"]), 1, "role_too_low");
  const set = (...args: string[]) => stack.as("admin", ["retention", "set", ...args, "--json"]);
  errorOf(await set(), 2, "missing_option");
  errorOf(await set("--months", "0", "--confirm", "DROP"), 2, "bad_number");
  errorOf(await set("--months", "24", "--confirm", "drop"), 2, "not_confirmed");
  const answer = z.strictObject({
    months: z.int().nullable(),
    months_was: z.int().nullable(),
    log_days: z.int(),
    log_days_was: z.int(),
  });
  expect(documentOf(await set("--months", "24", "--confirm", "DROP"), answer)).toMatchObject({ months: 24 });
  expect((await stack.as("admin", ["retention", "show"])).stdout).toContain("kept 24 months after the month");
  expect(documentOf(await set("--months", "none", "--log-days", "14"), answer)).toEqual({
    months: null,
    months_was: 24,
    log_days: 14,
    log_days_was: 30,
  });
});
