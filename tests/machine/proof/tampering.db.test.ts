/** Whoever owns the database can change any row of it; what they did is named, as long as the anchors lie elsewhere. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { at } from "../support/at.ts";
import { SealedScene } from "../support/sealed.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";

let scene: Scene;
let sealed: SealedScene;
/** Four jobs that ended, each with four events. */
let jobs: string[];

beforeEach(async () => {
  scene = await setScene();
  sealed = new SealedScene(scene);
  const leases = await scene.running(4);
  await sealed.seal();
  await scene.settle(leases);
  await sealed.seal();
  jobs = leases.map((lease) => lease.jobId);
});
afterEach(async () => {
  sealed.close();
  await scene.close();
});

/** Changes a body and everything that follows from it inside the database but what is sealed. */
async function rewrite(stream: string, seq: number): Promise<void> {
  await scene.db.query(
    "update public.job_events set body = replace(body, 'worker', 'wirker') where stream = $1 and seq = $2",
    [stream, seq],
  );
  await scene.db.query(`do $$
    declare v record; v_head bytea;
    begin
      v_head := holdpoint.first_hash('${stream}');
      for v in select * from public.job_events where stream = '${stream}' order by seq loop
        v_head := holdpoint.next_hash(v_head, v.body);
        update public.job_events set hash = v_head where stream = v.stream and seq = v.seq;
      end loop;
      update public.jobs set head = v_head where id = '${stream}';
    end $$`);
}

it("finds nothing in what nobody touched, and says how far it looked", async () => {
  await scene.submitted(1);
  const found = await sealed.verify();
  expect(found).toMatchObject({
    ok: true,
    breaks: [],
    checkpoints: 2,
    anchors: 2,
    upTo: { no: 2 },
    // Four jobs and a fifth, acme and the fleet.
    counts: { streams: 7, unsealedEvents: 1, unsealedStreams: 1, dropped: 0 },
  });
  expect(found.unchecked).toEqual([expect.stringContaining("no checkpoint covers them yet")]);
  expect((await sealed.verify({ anchors: null })).unchecked.join()).toContain("no anchors were given");
});

it.each<[name: string, tamper: () => Promise<unknown>, found: () => object]>([
  [
    "a changed body",
    () => scene.db.query("update public.job_events set body = body || ' ' where stream = $1 and seq = 2", [jobs[1]]),
    () => ({ kind: "event_changed", stream: jobs[1], seq: 2 }),
  ],
  [
    "a type that is not the body's",
    () => scene.db.query("update public.job_events set type = 'held' where stream = $1 and seq = 2", [jobs[1]]),
    () => ({ kind: "event_misfiled", stream: jobs[1], seq: 2 }),
  ],
  [
    "an event gone from the middle",
    () => scene.db.query("delete from public.job_events where stream = $1 and seq = 2", [jobs[2]]),
    () => ({ kind: "event_missing", stream: jobs[2], seq: 2, expected: "event 2", found: "event 3" }),
  ],
  [
    "an event gone from the end, with the job's row put back to before it",
    async () => {
      await scene.db.query("delete from public.job_events where stream = $1 and seq = 4", [jobs[0]]);
      await scene.db.query(
        "update public.jobs j set seq = 3, head = e.hash from public.job_events e where j.id = $1 and e.stream = j.id and e.seq = 3",
        [jobs[0]],
      );
    },
    () => ({ kind: "events_missing", stream: jobs[0], seq: 4, checkpoint: 2 }),
  ],
  [
    "a job's row that says another head",
    () => scene.db.query("update public.jobs set head = sha256('x') where id = $1", [jobs[0]]),
    () => ({ kind: "head_differs", stream: jobs[0], seq: 4 }),
  ],
  [
    "a job gone with all its events",
    async () => {
      await scene.db.query("delete from public.job_events where stream = $1", [jobs[3]]);
      await scene.db.query("delete from public.jobs where id = $1", [jobs[3]]);
    },
    () => ({ kind: "stream_missing", stream: jobs[3], seq: 1, checkpoint: 1 }),
  ],
  [
    "events whose job is gone",
    () => scene.db.query("delete from public.jobs where id = $1", [jobs[3]]),
    () => ({ kind: "owner_missing", stream: jobs[3] }),
  ],
  [
    "a stream rewritten from its first event on",
    () => rewrite(jobs[1] ?? "", 2),
    () => ({ kind: "event_rewritten", stream: jobs[1], seq: 3, checkpoint: 1 }),
  ],
  [
    "an event of a venture changed",
    () =>
      scene.db.query("update public.venture_events set body = replace(body, 'acme', 'acne') where venture = 'acme'"),
    () => ({ kind: "event_changed", seq: 1 }),
  ],
  [
    "sealed heads changed",
    () =>
      scene.db.query(
        "update holdpoint.sealed_heads set heads = set_byte(heads, 30, 1 + get_byte(heads, 30) % 255) where no = 2",
      ),
    () => ({ kind: "sealed_heads_changed", checkpoint: 2 }),
  ],
  [
    "a checkpoint changed",
    () => scene.db.query("update holdpoint.checkpoints set sealed_at = sealed_at - interval '1 day' where no = 1"),
    () => ({ kind: "checkpoint_changed", checkpoint: 1 }),
  ],
  [
    "the newest checkpoint gone",
    () => scene.db.query("delete from holdpoint.checkpoints where no = 2"),
    () => ({ kind: "checkpoint_lost", checkpoint: 2 }),
  ],
  [
    "a checkpoint gone from the middle",
    () => scene.db.query("delete from holdpoint.checkpoints where no = 1"),
    () => ({ kind: "checkpoint_missing", checkpoint: 1 }),
  ],
  [
    "everything rewritten together, checkpoints and all",
    async () => {
      await rewrite(jobs[1] ?? "", 2);
      const anchored = readFileSync(sealed.anchorFile);
      await scene.db.query("delete from holdpoint.checkpoints");
      await scene.db.query("delete from holdpoint.sealed_heads");
      writeFileSync(sealed.anchorFile, "");
      await sealed.seal();
      expect((await sealed.verify()).ok).toBe(true);
      writeFileSync(sealed.anchorFile, anchored);
    },
    () => ({ kind: "anchor_differs", checkpoint: 1 }),
  ],
  [
    "a line gone from the anchors",
    async () => {
      const lines = readFileSync(sealed.anchorFile, "utf8").split("\n");
      writeFileSync(sealed.anchorFile, lines.slice(1).join("\n"));
    },
    () => ({ kind: "anchor_missing", checkpoint: 1 }),
  ],
  [
    "the last line gone from the anchors, long ago",
    async () => {
      const [first] = readFileSync(sealed.anchorFile, "utf8").split("\n");
      writeFileSync(sealed.anchorFile, `${first}\n`);
      await scene.db.query(
        `update holdpoint.checkpoints set sealed_at = sealed_at - interval '1 hour' where no = 2;
         update holdpoint.checkpoints c set hash = holdpoint.seal_hash((select p.hash from holdpoint.checkpoints p where p.no = 1), c.no, c.epoch, c.up_to_xid, c.streams, c.sealed_at, c.root) where no = 2`,
      );
    },
    () => ({ kind: "anchor_missing", checkpoint: 2 }),
  ],
  [
    "an anchor changed",
    async () => {
      const text = readFileSync(sealed.anchorFile, "utf8");
      writeFileSync(sealed.anchorFile, text.replace('"streams":6', '"streams":7'));
    },
    () => ({ kind: "anchor_damaged", checkpoint: 1 }),
  ],
  [
    "an event gone before anything sealed it",
    async () => {
      const [job] = await scene.submitted(1);
      jobs.push(job ?? "");
      await scene.db.query("delete from public.job_events where stream = $1", [job]);
      await scene.db.query("delete from public.jobs where id = $1", [job]);
    },
    () => ({ kind: "event_missing", stream: jobs[4], seq: 1, found: "none" }),
  ],
])("names %s", async (_, tamper, wanted) => {
  await tamper();
  const { ok, breaks } = await sealed.verify();
  expect(ok).toBe(false);
  expect(at(breaks, 0)).toMatchObject(wanted());
});

it("looks at a venture or at what came since only, and says so", async () => {
  await scene.addVenture("beta");
  const [other] = await scene.submitted(1, { venture: "beta" });
  await sealed.seal();
  await scene.db.query("update public.job_events set body = body || ' ' where stream = $1", [other]);
  const acme = await sealed.verify({ venture: "acme" });
  expect(acme).toMatchObject({ ok: true, counts: { streams: 5 } });
  expect(acme.unchecked.join()).toContain("Other ventures than acme");
  expect(await sealed.verify({ venture: "beta" })).toMatchObject({ ok: false, breaks: [{ stream: other, seq: 1 }] });
  const later = await sealed.verify({ since: new Date(Date.now() + 60_000) });
  expect(later).toMatchObject({ ok: true, counts: { streams: 3 } });
  expect(later.unchecked.join()).toContain("Jobs submitted before");
});
