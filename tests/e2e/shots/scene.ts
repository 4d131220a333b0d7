import type { TestOperator } from "@holdpoint/local/testing";
import {
  addComment,
  addStanding,
  cancelJob,
  decide,
  readJobDetail,
  replayJob,
  sendSignal,
  setLimit,
  type PeopleClient,
} from "@holdpoint/db/people";
import { recordedRequest } from "@holdpoint/sdk";
import { DEFAULT_APPROVAL } from "@holdpoint/policy";
import type { World } from "../world/world.ts";

export interface Scene {
  operator: TestOperator;
  held: string;
  risky: string;
  undo: string;
  rejected: string;
  running: string;
  dead: string;
  done: string;
  /** Waits for a signal, after two steps. */
  signal: string;
  /** Its run asks a person. */
  asked: string;
  /** A replay from a step, of a job that was compared with. */
  replay: string;
  sleeps: string;
}

const COMMIT = "4be1c09d2f7a4be1c09d2f7a4be1c09d2f7a4be1";

/** A fleet at work: something held, running, done, dead, canceled, many queued, and names of every length. */
export async function seedScene(world: World): Promise<Scene> {
  const operator = await world.operator("admin", "fleet", "ana@holdpoint.example");
  const client = await world.client(operator);
  await world.venture({
    key: "ledgerly",
    name: "Ledgerly",
    url: "https://ledgerly.example",
    repository: "https://git.example/ledgerly.git",
  });
  await world.venture({ key: "quillharbor", name: "Quillharbor", url: "https://quillharbor.example" });
  await world.venture({
    key: "hollow-creek-seed-and-garden-planner-no",
    name: "Hollow Creek Seed & Garden Planner Notes",
  });
  await world.venture({ key: "mossgauge", name: "Mossgauge" });
  await seeEvidence(world);

  const earlier = await world.submit(
    client,
    { type: "build", venture: "ledgerly", payload: { ref: "main" } },
    { commit: "9a0".padEnd(40, "7") },
  );
  await answer(client, earlier, "approve");
  await world.run(earlier);
  await world.worker.write(earlier, 1, LOG);
  await world.worker.keep(earlier, "build.tar");
  await world.worker.settle(earlier);

  const held = await world.submit(
    client,
    { type: "build", venture: "ledgerly", payload: { ref: "main" } },
    { commit: COMMIT },
  );
  const risky = await world.submit(client, {
    type: "mail",
    venture: "hollow-creek-seed-and-garden-planner-no",
    payload: { list: "weekly", recipients: 18_402, note: "Same as always. Two small wording fixes." },
  });
  const approval = { ...DEFAULT_APPROVAL, people: 2, typed: "SEND 18,402" };
  await world.db.query("update public.jobs set approval = $2 where id = $1", [risky, JSON.stringify(approval)]);
  await world.db.query("update public.jobs set submitted_by_id = 'cy@holdpoint.example' where id = $1", [risky]);
  const form = [
    { name: "send_at_most", type: "number", min: 1, max: 20_000, whole: true, required: true },
    { name: "tone", type: "choice", choices: ["calm", "loud"], required: true },
  ];
  await world.db.query("update public.job_types set form = $1 where name = 'mail'", [JSON.stringify(form)]);
  const second = await world.client(await world.operator("approver", "fleet", "bo@holdpoint.example"));
  const { job } = await readJobDetail(second, risky);
  await decide(second, {
    job: risky,
    verb: "approve",
    planHash: job.plan_hash,
    typed: approval.typed,
    form: { send_at_most: 18_402, tone: "calm" },
  });
  await addComment(second, { job: risky, text: "The list was cleaned last week.\nThe second name is the customer's." });
  const rejected = await world.submit(
    client,
    { type: "build", venture: "quillharbor", payload: { ref: "next" } },
    { commit: COMMIT },
  );
  await answer(client, rejected, "reject", "double build");

  const running = await world.submit(
    client,
    { type: "build", venture: "quillharbor", payload: { ref: "main" } },
    { commit: COMMIT },
  );
  await answer(client, running, "approve");
  await world.run(running);
  await world.worker.write(running, 1, LOG);

  for (const [type, venture, note] of [
    ["health_scan", "ledgerly", "page 14 of 31"],
    ["health_scan", "hollow-creek-seed-and-garden-planner-no", ""],
  ] as const) {
    const id = await world.submit(client, { type, venture, payload: { note } });
    await world.run(id);
  }

  const dead = await world.submit(client, {
    type: "health_scan",
    venture: "mossgauge",
    payload: { urls: ["https://mossgauge.example"] },
  });
  await world.run(dead);
  await world.worker.settle(dead, {
    outcome: "failed",
    errorClass: "bad_input",
    errorMessage: "The host name mossgauge.example does not resolve.",
    result: null,
  });

  const canceled = await world.submit(client, { type: "health_scan", venture: "mossgauge" });
  await cancelJob(client, { job: canceled, reason: "asked twice" });
  for (let n = 0; n < 30; n++) {
    await world.submit(client, {
      type: "health_scan",
      venture: n % 3 === 0 ? "ledgerly" : "hollow-creek-seed-and-garden-planner-no",
      payload: { page: n },
    });
  }
  await world.db.query("update public.jobs set held_until = now() + interval '38 minutes' where id = $1", [held]);
  const waits = await seedWaits(world, client);
  const undo = await world.submit(
    client,
    { type: "build", venture: "mossgauge", payload: { ref: "main" } },
    { commit: COMMIT },
  );
  await world.db.query("update public.settings set approval_delay_ms = 120000");
  await answer(client, undo, "approve");
  await world.worker.beat({ done: 7, total: 12, note: "pnpm build" });
  return { operator, held, risky, undo, rejected, running, dead, done: earlier, ...waits };
}

async function seedWaits(world: World, client: PeopleClient) {
  const { worker } = world;
  const scan = async (page: number): Promise<string> => {
    const id = await world.submit(client, { type: "health_scan", venture: "quillharbor", payload: { page } });
    await world.run(id);
    await worker.step(id, "fetch", { bytes: 4_812 });
    await worker.step(id, "check", { broken: 0 });
    return id;
  };
  const signal = await scan(1);
  await sendSignal(client, { job: signal, name: "note", data: { from: "the shop", pages: 31 } });
  await worker.wait(signal, { kind: "signal", name: "review", request: null });
  const asked = await scan(2);
  await worker.wait(asked, {
    kind: "approval",
    name: "publish",
    request: recordedRequest({
      name: "publish",
      title: "Publish the report of 31 pages",
      summary: "Two pages answer slowly.\nEverything else is as last week; nothing is left out.",
      people: 1,
      form: [{ name: "tone", type: "choice", choices: ["calm", "loud"] }],
    }),
  });
  const sleeps = await scan(3);
  await worker.wait(sleeps, { kind: "sleep", name: "sleep", request: null });
  const done = await scan(4);
  await worker.settle(done);
  const { id: replay } = await replayJob(client, {
    job: done,
    from_step: "check",
    payload: { page: 5 },
    dry_run: true,
  });
  await worker.admit();
  const { job } = await readJobDetail(client, await heldMail(world, client));
  await addStanding(client, {
    job: job.id,
    plan_hash: job.plan_hash ?? "",
    until: new Date(Date.now() + 20 * 86_400_000).toISOString(),
    reason: "The same mail to the same list each week",
    max_uses: 12,
    form: { send_at_most: 380, tone: "calm" },
  });
  await world.db.query("update public.job_types set providers = '{mailgun,weather}' where name = 'mail'");
  await world.db.query(
    `select holdpoint.block_provider('mailgun', 'provider_down', 'The provider mailgun is down: 6 failures within a minute.',
       now() + interval '4 minutes', now(), now())`,
  );
  await setLimit(client, { scope: "provider", key: "weather", kind: "rate", max: 100, per_ms: 60_000 });
  await setLimit(client, { scope: "type", key: "build", kind: "concurrency", max: 1 });
  return { signal, asked, sleeps, replay };
}

function heldMail(world: World, client: PeopleClient): Promise<string> {
  return world.submit(client, { type: "mail", venture: "mossgauge", payload: { list: "weekly", recipients: 380 } });
}

async function answer(client: PeopleClient, id: string, verb: "approve" | "reject", reason = ""): Promise<void> {
  const { job } = await readJobDetail(client, id);
  await decide(client, { job: id, verb, planHash: job.plan_hash, reason });
}

async function seeEvidence(world: World): Promise<void> {
  const hour = 3_600_000;
  await world.worker.observe("ledgerly", [
    {
      subject: "https://ledgerly.example",
      kind: "http",
      ok: true,
      finding: "https://ledgerly.example answered 200 in 84 ms.",
      lifetime_ms: hour,
    },
    {
      subject: "https://ledgerly.example",
      kind: "tls",
      ok: true,
      finding: "The certificate ends in 61 days.",
      lifetime_ms: 24 * hour,
    },
  ]);
  await world.worker.observe("quillharbor", [
    {
      subject: "https://quillharbor.example",
      kind: "http",
      ok: false,
      finding: "https://quillharbor.example answered 503.",
      lifetime_ms: hour,
    },
  ]);
}

const LOG = `$ pnpm install --frozen-lockfile
Lockfile is up to date, resolution step is skipped
Packages: +412
Progress: resolved 412, reused 412, downloaded 0, added 412, done
$ pnpm build
vite v8.1.0 building for production...
transforming...
✓ 1,204 modules transformed.
rendering chunks...
dist/index.html                   0.61 kB │ gzip:  0.36 kB
dist/assets/index-4be1c09d.css   18.42 kB │ gzip:  4.12 kB
dist/assets/index-9f3ca1.js     143.20 kB │ gzip: 46.01 kB
✓ built in 3.42s
`;
