import { expect, test } from "vitest";
import { listOf, logDocument, submitDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startFollowing } from "./kit/follow.ts";
import { startLosingProxy } from "./kit/losing-proxy.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();

async function submitted(): Promise<string> {
  const result = await stack.as("approver", ["submit", "echo", "--venture", "acme", "--json"]);
  return documentOf(result, submitDocument).id;
}

/** A job that runs, and the token of its run. */
async function running(): Promise<{ id: string; token: string }> {
  const id = await submitted();
  await worker.admit(id, "queued");
  return { id, token: await worker.claim(id) };
}

const follow = (id: string, ...more: string[]) => startFollowing(stack, ["jobs", "logs", id, "--follow", ...more]);
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `line ${from + n}\n`);

test("--follow prints output as it is written, each chunk once, and ends with the job: 0", async () => {
  const { id, token } = await running();
  const following = follow(id);
  await worker.log(id, token, "one\u001b[31m\n");
  await following.printed("one␛[31m\n");
  // More than two pages of the data API, then a last line without an end.
  await worker.log(id, token, lines(2, 252), 2);
  await following.printed("line 251\n");
  await worker.log(id, token, "the end", 252);
  await worker.settle(id, token, "succeeded");
  const result = await following.result;
  expect(result.stdout).toBe(`one␛[31m\n${lines(2, 252).join("")}the end\n`);
  expect(result).toMatchObject({ code: 0, stderr: `Job ${id}: succeeded.\n` });

  const again = await follow(id, "--raw").result;
  expect(again).toMatchObject({ code: 0, stdout: `one\u001b[31m\n${lines(2, 252).join("")}the end\n` });
  expect((await stack.as("viewer", ["jobs", "logs", id, "--raw"])).stdout).toBe(again.stdout);
});

test("--follow waits while a job is held or parked, says so, and goes on with the next run", async () => {
  const id = await submitted();
  const following = follow(id);
  await following.printed("Submitted: policy has not decided yet", "stderr");
  await worker.admit(id, "held");
  await following.printed("Held (approval)", "stderr");
  const approved = await stack.as("approver", ["approvals", "approve", id, "--json"]);
  expect(approved, approved.stdout).toMatchObject({ code: 0 });
  await stack.db.query("update public.jobs set run_at = now() where id = $1", [id]);
  const first = await worker.claim(id);
  await worker.log(id, first, "first, cut");
  await worker.settle(id, first, "parked");
  await following.printed("Run 1: parked. Parked", "stderr");
  const second = await worker.claim(id);
  await worker.log(id, second, "second\n");
  await worker.settle(id, second, "succeeded");
  const result = await following.result;
  expect(result, result.stderr).toMatchObject({ code: 0, stdout: "first, cut\nsecond\n" });
  expect(result.stderr.match(/Held/g)).toHaveLength(1);

  // One run alone, after the fact: it parked, which is no success.
  expect(await follow(id, "--run", "1").result).toMatchObject({ code: 1, stdout: "first, cut\n" });
  expect(await follow(id, "--run", "2").result).toMatchObject({ code: 0, stdout: "second\n" });
});

test("--follow ends with 1 when the job does not succeed", async () => {
  const { id, token } = await running();
  const following = follow(id);
  await worker.log(id, token, "no such branch\n");
  await worker.settle(id, token, "failed", "the branch does not exist");
  const result = await following.result;
  expect(result).toMatchObject({ code: 1, stdout: "no such branch\n" });
  expect(result.stderr).toMatch(/: (dead|quarantined)\.\n$/);
});

test("Ctrl-C ends --follow with 130 and a sentence; the job goes on", async () => {
  const { id, token } = await running();
  const following = follow(id);
  await worker.log(id, token, "half a line");
  await following.printed("half a line");
  following.kill("SIGINT");
  expect(await following.result).toMatchObject({
    code: 130,
    stdout: "half a line\n",
    stderr: `Stopped following. The job goes on: holdpoint jobs show ${id}\n`,
  });
  expect(await worker.settle(id, token, "succeeded")).toBe("succeeded");
});

test("--follow ends when nobody reads it any more, while the job goes on", async () => {
  const { id, token } = await running();
  const following = follow(id);
  await worker.log(id, token, "seen\n");
  await following.printed("seen\n");
  following.hangUp();
  await worker.log(id, token, "for nobody\n", 2);
  expect(await following.result).toMatchObject({ code: 0, stdout: "seen\n", stderr: "" });
  expect(await worker.settle(id, token, "succeeded")).toBe("succeeded");
});

test("--follow lives through lost answers, and loses and repeats nothing", async () => {
  const { id, token } = await running();
  await worker.log(id, token, lines(1, 101));
  const proxy = await startLosingProxy(stack.lite.url, "/rest/v1/rpc/job_detail", 0);
  const env = { HOLDPOINT_DATA_DIR: await stack.dataDirVia("viewer", proxy.url) };
  const following = startFollowing(stack, ["jobs", "logs", id, "--follow"], env);
  await following.printed("line 100\n");
  proxy.loseNext(2);
  await following.printed("Not reachable, trying again.", "stderr");
  await worker.log(id, token, lines(101, 111), 101);
  await worker.settle(id, token, "succeeded");
  expect(await following.result).toMatchObject({ code: 0, stdout: lines(1, 111).join("") });
  await proxy.close();
  const nobody = await startFollowing(stack, ["jobs", "logs", id, "--follow"], env).result;
  expect(nobody, nobody.stderr).toMatchObject({ code: 5, stdout: "" });
});

test("without --follow: what is there now, 0; also before the first run", async () => {
  const waiting = await submitted();
  const none = documentOf(await stack.as("viewer", ["jobs", "logs", waiting, "--json"]), listOf(logDocument));
  expect(none).toEqual({ items: [], next: null });
  expect(await stack.as("viewer", ["jobs", "logs", waiting])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: `Job ${waiting} has not run yet.\n`,
  });
  const { id, token } = await running();
  await worker.log(id, token, lines(1, 151));
  const some = documentOf(await stack.as("viewer", ["jobs", "logs", id, "--json"]), listOf(logDocument));
  expect(some.items.map((chunk) => chunk.text)).toEqual(lines(1, 151));
  await worker.settle(id, token, "succeeded");
});

test("what does not fit is refused", async () => {
  const id = await submitted();
  const as = (...args: string[]) => stack.as("viewer", ["jobs", "logs", ...args, "--json"]);
  expect(errorOf(await as(id, "--follow"), 2, "conflicting_options").message).toContain("--json");
  errorOf(await as(id, "--run", "last"), 2, "bad_number");
  errorOf(await as(id, "--run", "7"), 1, "unknown_run");
  errorOf(await stack.as("elsewhere", ["jobs", "logs", id, "--json"]), 1, "unknown_job");
  const text = await stack.as("elsewhere", ["jobs", "logs", id, "--follow"]);
  expect(text).toMatchObject({ code: 1, stdout: "" });
});

test("no secret in any output", async () => {
  const printed = stack.printed();
  for (const secret of await stack.secrets()) expect(printed.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
});
