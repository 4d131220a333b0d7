import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeInstanceLock } from "./instance-lock.ts";
import { ProcessGroups } from "./process-groups.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdpoint-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("one holder at a time, and the same instance for each", () => {
  const first = takeInstanceLock(folder, "one");
  expect(() => takeInstanceLock(folder, "one")).toThrow(/Another worker named one/);
  const other = takeInstanceLock(folder, "two");
  expect(other.instance).not.toBe(first.instance);
  first.release();
  const second = takeInstanceLock(folder, "one");
  expect(second.instance).toBe(first.instance);
  second.release();
  other.release();
});

test("a copied data folder is another instance", () => {
  const first = takeInstanceLock(folder, "one");
  first.release();
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  const second = takeInstanceLock(copy, "one");
  second.release();
  rmSync(copy, { recursive: true });
  expect(second.instance).not.toBe(first.instance);
});

test("process groups of a dead process are ended, others are left alone", async () => {
  const left = spawn("sleep", ["60"], { detached: true });
  const ended = new Promise((resolve) => left.once("exit", (_, signal) => resolve(signal)));
  const mine = spawn("sleep", ["60"], { detached: true });
  const groups = ProcessGroups.ofWorker(folder, "one");
  groups.note(left.pid ?? 0);
  groups.note(mine.pid ?? 0);
  groups.forget(mine.pid ?? 0);
  expect(await ProcessGroups.ofWorker(folder, "one").killLeftovers()).toBe(1);
  expect(await ended).toBe("SIGKILL");
  expect(mine.exitCode).toBeNull();
  mine.kill("SIGKILL");
  expect(await ProcessGroups.ofWorker(folder, "one").killLeftovers()).toBe(0);
});
