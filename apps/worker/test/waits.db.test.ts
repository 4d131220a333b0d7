/** Jobs that park, on real worker processes: what is kept, who settles, and what a killed worker leaves. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInAs } from "../../../tests/machine/support/person.ts";
import type { Person } from "../../../tests/machine/support/person.ts";
import { World } from "./world.ts";

describe("a job that parks", { timeout: 60_000 }, () => {
  let world: World;
  let ann: Person;
  beforeAll(async () => {
    world = await World.open();
    await world.db.query("update public.settings set approval_delay_ms = 0");
    ann = await signInAs(world.db, "approver");
    await world.worker({ slots: 4 });
  }, 60_000);
  afterAll(async () => {
    await ann.close();
    await world.close();
  });

  const open = async (id: string) => {
    const [row] = await world.db.query<{ call: string; hash: string | null; parked: boolean }>(
      `select w.call, encode(w.request_hash, 'hex') as hash, j.token is null and w.parked_run = j.run_no as parked
       from public.waits w join public.jobs j on j.id = w.job_id where w.job_id = $1 and w.answered_at is null`,
      [id],
    );
    return row;
  };
  const parkedOn = async (id: string, call: string) => {
    await world
      .until(async () => {
        const found = await open(id);
        return found?.call === call && found.parked;
      }, 30_000)
      .catch(async () => {
        const events = await world.db.query("select type, body from public.job_events where stream = $1", [id]);
        throw new Error(`did not park on ${call}: ${JSON.stringify({ job: await world.job(id), events }, null, 1)}`);
      });
    return (await open(id))?.hash ?? null;
  };
  const send = (id: string, name: string, data: unknown) =>
    ann.call("send_signal", id, name, JSON.stringify(data), `${name} once`);

  test("goes on after a time, a signal, no signal and a person, with every step kept and no retry used", async () => {
    const id = await world.submitOne("parker", { way: "all" });
    await parkedOn(id, "signal:paid#1");
    await send(id, "paid", { invoice: 17 });
    const hash = await parkedOn(id, "approval:publish#1");
    expect(await world.job(id)).toMatchObject({ state: "held", reason: "Publish?", retries_used: 0, losses: 0 });
    await ann.call("decide", id, "approve", hash, "", null, null, JSON.stringify({ tone: "loud" }));
    const job = await world.reaches(id, ["succeeded"], 30_000);
    const done = { first: 1, second: 2, invoice: 17, late: null, people: 1, form: { tone: "loud" }, alone: false };
    expect(job.result).toEqual({ ...done, last: job.run_no });
    expect(job).toMatchObject({ retries_used: 0, losses: 0 });
    const runs = await world.runs(id);
    expect(runs.map((run) => run.outcome)).toEqual([...runs.slice(1).map(() => "parked"), "succeeded"]);
  });

  test("is parked whatever its handler does with that", async () => {
    const id = await world.submitOne("parker", { way: "catch" });
    expect((await world.reaches(id, ["succeeded"], 30_000)).result).toBe("slept until run 2");
    expect((await world.runs(id))[0]).toMatchObject({ outcome: "parked" });
  });

  test("keeps what an open step brings, and does not park with an open effect", async () => {
    const step = await world.submitOne("parker", { way: "open step" });
    const effect = await world.submitOne("parker", { way: "open effect" });
    expect((await world.reaches(step, ["succeeded"], 30_000)).result).toEqual({ made: 1, last: 2 });
    expect((await world.reaches(effect, ["succeeded"], 30_000)).result).toEqual([
      "sent",
      expect.stringContaining("The effect mail has no receipt"),
    ]);
  });

  test("ends as rejected when its handler lets the no through, after it cleaned up", async () => {
    const id = await world.submitOne("parker", { way: "no" });
    const hash = await parkedOn(id, "approval:approval#1");
    await ann.call("decide", id, "reject", hash, "not today");
    await world.reaches(id, ["rejected"], 30_000);
    const steps = await world.db.query("select name, result from public.steps where job_id = $1", [id]);
    expect(steps).toEqual([{ name: "cleaned up", result: "not today" }]);
  });

  test("that asks what can't be answered is a bug, and says which", async () => {
    const id = await world.submitOne("parker", { way: "group" });
    await world.reaches(id, ["quarantined"], 30_000);
    expect((await world.runs(id)).at(-1)?.error_message).toContain('no group "nobody"');
  });

  test("parks the same in a process of its own, and goes on in another worker", async () => {
    const id = await world.submitOne("parker", { way: "all" });
    await parkedOn(id, "signal:paid#1");
    // Its worker dies; nothing is lost, since a parked job holds nothing. The next runs are those of a suspect.
    await world.killAll();
    await world.db.query("update public.jobs set deaths = 1 where id = $1", [id]);
    await send(id, "paid", { invoice: 18 });
    await world.worker({ slots: 4, name: "two" });
    const hash = await parkedOn(id, "approval:publish#1");
    await ann.call("decide", id, "approve", hash, "", null, null, JSON.stringify({ tone: "calm" }));
    const job = await world.reaches(id, ["succeeded"], 40_000);
    expect(job.result).toMatchObject({ first: 1, second: 2, invoice: 18, form: { tone: "calm" }, alone: true });
  });

  test("whose worker is killed between its question and the end of its run loses neither question nor answer", async () => {
    await world.killAll();
    await world.worker({ slots: 8, name: "three" });
    const submit = (on: string) => world.submitOne("late_parker", { on });
    const [time, signal, no, yes] = await Promise.all(["time", "signal", "person", "person"].map(submit));
    const all = [time, signal, no, yes];
    const asked = async (id: string | undefined) => {
      const [row] = await world.db.query<{ hash: string | null }>(
        "select encode(w.request_hash, 'hex') as hash from public.waits w join public.jobs j on j.id = w.job_id where w.job_id = $1 and j.state = 'running' and j.run_no = 1",
        [id],
      );
      return row;
    };
    const decide = async (id: string | undefined, verb: string) =>
      ann.call("decide", id, verb, (await asked(id))?.hash, "because");
    await world.until(async () => (await Promise.all(all.map(asked))).every((row) => row !== undefined), 30_000);
    // What comes while the run that asked is still open, and what comes when its process is dead already.
    await decide(no, "reject");
    await world.killAll();
    await send(signal ?? "", "go", "late");
    await decide(yes, "approve");
    await world.worker({ slots: 8, name: "three" });
    const ends = await Promise.all(
      all.map(async (id) => (await world.reaches(id ?? "", ["succeeded", "rejected"], 60_000)).result),
    );
    expect(ends).toEqual([{ made: 2 }, { made: 2, told: "late" }, null, { made: 2, told: 1 }]);
    // A no that ends the job is not even told to a later run: its handler could catch it.
    for (const id of all) {
      const outcomes = (await world.runs(id ?? "")).map((run) => run.outcome);
      expect(outcomes).toEqual(["lost", id === no ? "parked" : "succeeded"]);
      expect(await world.job(id ?? "")).toMatchObject({ retries_used: 0 });
    }
  });
});
