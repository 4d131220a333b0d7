import { expect, test } from "vitest";
import { everyCrashPoint, runJob } from "@holdpoint/sdk/testing";
import type { ParkedCall } from "@holdpoint/sdk/testing";
import releaseNote from "./release_note.example.ts";

const options = { payload: { product: "Ship", changes: ["faster", "smaller"] } };
const released = { name: "released", data: { version: "2.0" } };

test("it parks three times, and publishes once everybody has had their say", async () => {
  const first = await runJob(releaseNote, options);
  expect(first.parked).toMatchObject({ kind: "sleep", until: new Date("2026-01-01T01:00:00Z") });
  const second = await first.resume({ now: first.parked!.until });
  expect(second.parked).toMatchObject({ call: "signal:released#1" });
  const third = await second.resume({ signals: [released] });
  expect(third.parked?.request).toMatchObject({ title: "Publish the note of Ship 2.0", otherwise: "throw" });
  const answers = { publish: { approved: "ann@example.com", form: { where: "blog" } } };
  const last = await third.resume({ answers });
  expect(last.result).toEqual({
    outcome: "succeeded",
    result: { published: true, by: ["ann@example.com"], title: "Ship 2.0" },
  });
  expect(last.steps).toMatchObject([{ name: "draft", reused: true }]);
});

test("a no takes the draft back and ends the job; a release that does not come ends it too", async () => {
  const hour = new Date("2026-01-01T01:00:00Z");
  const told = { ...options, now: hour, signals: [released], answers: { publish: { rejected: "ann@example.com" } } };
  const first = await runJob(releaseNote, { ...told, now: new Date("2026-01-01T00:00:00Z") });
  const no = await first.resume({ now: hour });
  expect(no.result).toMatchObject({ outcome: "declined", message: "ann@example.com rejected it" });
  expect(no.kept).toMatchObject({ "take back": { because: null } });
  const waiting = await (await runJob(releaseNote, options)).resume({ now: hour });
  const late = await waiting.resume({ now: waiting.parked!.until });
  expect(late.result).toMatchObject({ result: { published: false } });
});

test("it ends the same wherever its process dies", async () => {
  const goOn = (parked: ParkedCall) =>
    parked.kind === "sleep"
      ? { now: parked.until }
      : parked.kind === "signal"
        ? { signals: [released] }
        : { answers: { publish: { approved: "ann@example.com", form: { where: "blog" } } } };
  const reports = await everyCrashPoint(releaseNote, options, goOn);
  expect(reports.map((report) => report.step)).toContain("wait:approval:publish#1");
  for (const { calls } of reports) expect(calls["effect:publish"]).toBeLessThanOrEqual(2);
});
