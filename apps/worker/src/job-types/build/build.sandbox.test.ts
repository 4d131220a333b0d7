/** Builds of real repositories in the sandbox that this machine really has. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AddressInfo } from "node:net";
import type {} from "@holdpoint/local/testing";
import { RunAborted } from "@holdpoint/sdk";
import { runJob } from "@holdpoint/sdk/testing";
import { Parser } from "tar";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { probeIsolation } from "../../sandbox/index.ts";
import type { Isolation } from "../../sandbox/index.ts";
import { notIsolated } from "../../sandbox/none.ts";
import { MiB, processesNaming } from "../../sandbox/testing/run-in.ts";
import { createRepository } from "../testing/repository.ts";
import type { TestRepository } from "../testing/repository.ts";
import { makeBuild } from "./build.ts";

let isolation: Isolation;
let repository: TestRepository;
let first: string;
let second: string;
let workDir: string;
const limits = { workBytes: 64 * MiB, memoryBytes: 256 * MiB, processes: 64, graceMs: 300, tmpBytes: 8 * MiB };

beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), "holdpoint-work-"));
  isolation = await probeIsolation({ hidden: [workDir] });
  repository = await createRepository();
  first = await repository.commit({
    "make.sh": "#!/bin/sh\nmkdir -p dist\ncat src.txt > dist/out.txt\n",
    "src.txt": "one",
  });
  await repository.git("tag", "--annotate", "v1", "--message", "one");
  await repository.git("branch", "stable");
  second = await repository.commit({ "src.txt": "two" });
});
afterAll(async () => {
  expect(await readdir(workDir)).toEqual([]); // every build removes its work folder
  await rm(workDir, { recursive: true });
  await rm(repository.path, { recursive: true });
});

const job = () => makeBuild({ isolation: () => Promise.resolve(isolation), workDir, limits });
const venture = (more: object = {}) => ({ repository: repository.path, buildCommand: "./make.sh", ...more });

async function entries(tar: Buffer): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const parser = new Parser({
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => void chunks.push(chunk));
      entry.on("end", () => void (found[entry.path] = Buffer.concat(chunks).toString("utf8")));
    },
  });
  await new Promise<void>((resolve, reject) => {
    parser.on("end", resolve);
    parser.on("error", reject);
    parser.end(tar);
  });
  return found;
}

describe("what it builds", () => {
  test("needs an approval by default, and its plan names repository, commit and command", async () => {
    expect(job().approval).toBe(true);
    const run = await runJob(job(), { payload: {}, venture: venture() });
    expect(run.refs).toEqual({ repository: repository.path, commit: second, command: "./make.sh" });
  });

  test.each([
    ["HEAD", () => second],
    ["main", () => second],
    ["stable", () => first],
    ["refs/heads/stable", () => first],
    ["heads/stable", () => first],
    ["v1", () => first],
  ])("%s as the commit that it means", async (ref, commit) => {
    expect(await job().resolve({ ref, output: ".", timeoutMs: 1000 }, resolveContext())).toMatchObject({
      commit: commit(),
    });
  });

  const resolveContext = () => ({
    venture: { key: "acme", trusted: false, url: null, allowPrivateAddresses: false, ...venture() },
    signal: new AbortController().signal,
  });

  test("exactly that commit, also when the branch has moved since, into a tar with its sha256", async () => {
    const run = await runJob(job(), { payload: { ref: "v1", output: "dist" }, venture: venture() });
    expect(run.result).toMatchObject({ outcome: "succeeded", result: { commit: first, isolation: "bubblewrap" } });
    const [artifact] = run.artifacts;
    expect(artifact).toMatchObject({
      name: "build.tar",
      mediaType: "application/x-tar",
      facts: { commit: first, ref: "v1", repository: repository.path, command: "./make.sh" },
    });
    expect(run.result).toMatchObject({ result: { sha256: artifact?.sha256, bytes: artifact?.bytes } });
    expect(await entries(artifact!.body)).toMatchObject({ "./out.txt": "one" });
    const again = await runJob(job(), { payload: { ref: first, output: "dist" }, venture: venture() });
    expect(again.artifacts[0]?.sha256).toBe(artifact?.sha256);
  });

  test("the work folder is a checkout in which git works, without a trace of where it came from", async () => {
    const command = "git log -1 --format=%H; git status --short; cat .git/config .git/FETCH_HEAD; echo err >&2";
    const run = await runJob(job(), { payload: { command }, venture: venture() });
    expect(
      run.logs
        .filter((entry) => entry.stream === "stdout")
        .map((entry) => entry.text)
        .join(""),
    ).toContain(second);
    expect(run.logText).not.toContain(`${repository.path}/`);
    expect(run.logs.some((entry) => entry.stream === "stderr" && entry.text.includes("err"))).toBe(true);
    expect(Object.keys(await entries(run.artifacts[0]!.body)).some((name) => name.startsWith("./.git/"))).toBe(false);
  });

  test("hooks and filters of a repository do not run", async () => {
    const evil = await createRepository();
    await evil.commit({ ".gitattributes": "*.txt filter=evil\n", "a.txt": "a", "ok.sh": "#!/bin/sh\ntrue\n" });
    const trap = join(evil.path, "trapped");
    for (const hook of ["post-checkout", "post-index-change", "reference-transaction", "pre-receive"]) {
      await writeFile(join(evil.path, ".git/hooks", hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    }
    await evil.git("config", "uploadpack.packObjectsHook", `touch ${trap}; git`);
    await evil.git("config", "filter.evil.smudge", `touch ${trap}; cat`);
    const run = await runJob(job(), { payload: { command: "./ok.sh" }, venture: { repository: evil.path } });
    expect(run.result).toMatchObject({ outcome: "succeeded" });
    await expect(stat(trap)).rejects.toThrow();
    await rm(evil.path, { recursive: true });
  });

  test("links of a repository lead nowhere outside", async () => {
    const links = await createRepository();
    await links.git("config", "core.symlinks", "true");
    await writeFile(join(workDir, "secret.txt"), "outside", { mode: 0o644 });
    await symlink(join(workDir, "secret.txt"), join(links.path, "link"));
    await links.commit({ "a.txt": "a" });
    const run = await runJob(job(), { payload: { command: "cat link" }, venture: { repository: links.path } });
    await rm(join(workDir, "secret.txt"));
    await rm(links.path, { recursive: true });
    expect(run.result).toMatchObject({ errorClass: "bad_input" });
    expect(run.logText).not.toContain("outside");
  });
});

describe("what it refuses before admission", () => {
  test.each([
    [{ repository: null }, {}, "missing_config"],
    [{ buildCommand: null }, {}, "missing_config"],
    [{}, { ref: "nowhere" }, "ref_unknown"],
    [{ repository: "/nonexistent/repo" }, {}, "repository_unreachable"],
    [{ repository: "--upload-pack=touch /tmp/x" }, {}, "repository_invalid"],
    [{ repository: "ext::sh -c true" }, {}, "repository_invalid"],
    [{ repository: "ext::true" }, {}, "repository_invalid"],
    [{ repository: "https://user:token@example.org/x.git" }, {}, "repository_invalid"],
    [{ repository: "relative/path" }, {}, "repository_invalid"],
    [{ repository: "http://127.0.0.1:1/x.git" }, {}, "private_address"],
    [{ repository: "http://localhost:1/x.git" }, {}, "private_address"],
    [{ repository: "http://169.254.169.254/x.git", allowPrivateAddresses: true }, {}, "private_address"],
    [{ repository: "git@127.0.0.1:x.git" }, {}, "private_address"],
    [{}, { ref: "--exec=x" }, "payload_invalid"],
    [{}, { ref: "a..b" }, "payload_invalid"],
    [{}, { output: "../.." }, "payload_invalid"],
    [{}, { output: "/etc" }, "payload_invalid"],
  ])("%o %o: %s", async (facts, payload, reason) => {
    const error = await runJob(job(), { payload, venture: venture(facts) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ errorClass: "bad_input", reason });
  });

  test("a server that never answers ends with a timeout, one that answers with an error is no repository", async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith("/slow")) return;
      response.writeHead(request.url?.startsWith("/private") ? 401 : 404, { "www-authenticate": "Basic" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const quick = makeBuild({ isolation: () => Promise.resolve(isolation), workDir, limits, gitTimeoutMs: 700 });
    const tryIt = (path: string) =>
      runJob(quick, {
        payload: {},
        venture: venture({ repository: `${base}/${path}.git`, allowPrivateAddresses: true }),
      }).catch((thrown: unknown) => thrown);
    expect(await tryIt("slow")).toMatchObject({ errorClass: "timeout" });
    expect(await tryIt("gone")).toMatchObject({ reason: "repository_unreachable" });
    expect(await tryIt("private")).toMatchObject({ reason: "repository_unreachable" });
    server.closeAllConnections();
    server.close();
  });
});

test("a full commit id is taken at its word, when the repository can be reached", async () => {
  const build = (path: string) => runJob(job(), { payload: { ref: first }, venture: venture({ repository: path }) });
  expect((await build(repository.path)).refs).toMatchObject({ commit: first });
  await expect(build("/nonexistent/repo")).rejects.toMatchObject({ reason: "repository_unreachable" });
});

test("without git it says MISSING CONFIG", async () => {
  // The same machine, with nothing in /usr/bin but a shell.
  const shell = await realpath("/bin/sh");
  const hide = ["--dev-bind", "/", "/", "--tmpfs", "/usr/bin", "--ro-bind", shell, "/usr/bin/sh", "--"];
  const script = join(import.meta.dirname, "../testing/resolve-build.ts");
  const { stdout } = await promisify(execFile)("bwrap", [...hide, process.execPath, script, repository.path]);
  expect(JSON.parse(stdout)).toMatchObject({ errorClass: "bad_input", reason: "missing_config", field: "git" });
  expect(JSON.parse(stdout)).toMatchObject({
    message: expect.stringContaining("MISSING CONFIG: git is not installed"),
  });
});

test("a cancel while it fetches ends git", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow.git`;
  const cancel = new AbortController();
  server.once("request", () => cancel.abort(new RunAborted("canceled")));
  const run = await runJob(job(), {
    payload: {},
    refs: { repository: url, commit: first, command: "true" },
    venture: venture({ repository: url, allowPrivateAddresses: true }),
    signal: cancel.signal,
  });
  server.closeAllConnections();
  server.close();
  expect(run.result).toEqual({ outcome: "canceled" });
  expect(await processesNaming(url)).toEqual([]);
});

describe("how it fails", () => {
  const run = (command: string, payload: object = {}, more: object = {}) =>
    runJob(job(), { payload: { command, ...payload }, venture: venture(), ...more });

  test("a command that fails is bad_input, with its output in the log", async () => {
    const failed = await run("echo working; echo no >&2; exit 7");
    expect(failed.result).toMatchObject({
      outcome: "failed",
      errorClass: "bad_input",
      message: expect.stringMatching(/exit code 7/),
    });
    expect(failed.logText).toMatch(/working[^]*no/);
    expect(failed.artifacts).toEqual([]);
  });

  test("one that runs for ever is a timeout", async () => {
    expect((await run("sleep 600", { timeoutMs: 1000 })).result).toMatchObject({ errorClass: "timeout" });
  });

  test("one that passes a limit is bad_input and says which", async () => {
    const small = makeBuild({
      isolation: () => Promise.resolve(isolation),
      workDir,
      limits: { ...limits, outputKillBytes: MiB },
      maxArtifactBytes: 1000,
    });
    const ends = async (command: string) => (await runJob(small, { payload: { command }, venture: venture() })).result;
    expect(await ends("yes")).toMatchObject({
      errorClass: "bad_input",
      message: expect.stringMatching(/output than 1 MiB/),
    });
    expect(await ends("true")).toMatchObject({
      errorClass: "bad_input",
      message: expect.stringMatching(/more than the 1000/),
    });
    expect(await ends(`node -e 'globalThis.a=[];for(let i=0;i<60;i++)a.push(Buffer.alloc(1e7,1))'`)).toMatchObject({
      errorClass: "bad_input",
      message: expect.stringMatching(/more memory than 256 MiB/),
    });
  });

  test("a commit that the repository does not have", async () => {
    const gone = await runJob(job(), { payload: { ref: "0".repeat(40) }, venture: venture() });
    expect(gone.result).toMatchObject({
      errorClass: "bad_input",
      message: expect.stringMatching(/has no commit 0000/),
    });
  });

  test("a repository whose files are larger than a build may have, before they are written", async () => {
    const large = await createRepository();
    await large.commit({ "zeros.bin": "\0".repeat(3 * MiB) });
    const tiny = makeBuild({
      isolation: () => Promise.resolve(isolation),
      workDir,
      limits: { ...limits, workBytes: 2 * MiB },
    });
    const { result } = await runJob(tiny, { payload: { command: "true" }, venture: { repository: large.path } });
    await rm(large.path, { recursive: true });
    expect(result).toMatchObject({ errorClass: "bad_input", message: expect.stringMatching(/a build may have/) });
  });

  test("a cancel kills the whole tree and is a cancel", async () => {
    const cancel = new AbortController();
    const marker = `4321${process.pid}`;
    const canceled = await run(
      `trap '' TERM; echo up; setsid sleep ${marker} & sleep ${marker}`,
      {},
      {
        signal: cancel.signal,
        onLog: ({ stream }: { stream: string }) => stream === "stdout" && cancel.abort(new RunAborted("canceled")),
      },
    );
    expect(canceled.result).toEqual({ outcome: "canceled" });
    expect(await processesNaming(marker)).toEqual([]);
  });

  test("without a sandbox only a trusted venture may build", async () => {
    const none: Isolation = {
      ...{ provider: notIsolated({ hasPrlimit: true }), name: "none", isolated: false, memory: "watched", tried: [] },
    };
    const open = makeBuild({ isolation: () => Promise.resolve(none), workDir, limits });
    const refused = await runJob(open, { payload: {}, venture: venture() });
    expect(refused.result).toMatchObject({ errorClass: "bad_input", message: expect.stringMatching(/^NOT ISOLATED/) });
    const built = await runJob(open, { payload: { output: "dist" }, venture: venture({ trusted: true }) });
    expect(built.result).toMatchObject({ outcome: "succeeded", result: { isolation: "none" } });
    expect(built.logText).toContain("NOT ISOLATED");
    expect(await entries(built.artifacts[0]!.body)).toMatchObject({ "./out.txt": "two" });
  });
});

test("a hostile build gets nothing: not the environment, the session, a process, PostgreSQL, the metadata", async () => {
  process.env["HOLDPOINT_TEST_SECRET"] = "the-workers-secret";
  await writeFile(join(workDir, "session.json"), "the-operators-session", { mode: 0o644 });
  const hostile = await createRepository();
  const postgres = new URL(inject("postgresAdminUrl")).port;
  await hostile.commit({
    "steal.sh": `#!/bin/sh
cat /proc/$PPID/environ /proc/*/environ
cat ${workDir}/session.json ${process.cwd()}/.holdpoint/*
find / -name session.json 2>/dev/null
cat /proc/*/cmdline | tr '\\0' ' '
for address in "127.0.0.1 ${postgres}" "169.254.169.254 80"; do
  set -- $address
  node -e 'require("net").connect(+process.argv[2],process.argv[1]).on("connect",()=>console.log("CONNECTED")).on("error",()=>0)' $1 $2
done
kill -9 ${process.pid}
echo x > ${repository.path}/planted && echo PLANTED
(sleep 3000 &)
exit 0
`,
  });
  const run = await runJob(job(), { payload: { command: "./steal.sh" }, venture: { repository: hostile.path } });
  delete process.env["HOLDPOINT_TEST_SECRET"];
  await rm(join(workDir, "session.json"));
  await rm(hostile.path, { recursive: true });
  expect(run.result, run.logText).toMatchObject({ outcome: "succeeded" });
  const said = run.logs
    .filter((entry) => entry.stream === "stdout")
    .map((entry) => entry.text)
    .join("");
  expect(said).not.toMatch(/the-workers-secret|the-operators-session|session\.json|CONNECTED|PLANTED|vitest/);
  expect(await readdir(repository.path)).not.toContain("planted");
});
