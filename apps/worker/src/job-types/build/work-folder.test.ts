import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { makeWorkFolder } from "./work-folder.ts";

test("a new folder each time; what a killed worker left two hours ago is removed, nothing else", async () => {
  const parent = join(await mkdtemp(join(tmpdir(), "holdpoint-work-folder-")), "work");
  const first = await makeWorkFolder(parent);
  const old = new Date(Date.now() - 3 * 60 * 60_000);
  for (const name of ["build-left", "other"]) {
    await mkdir(join(parent, name));
    await writeFile(join(parent, name, "file"), "x");
    await utimes(join(parent, name), old, old);
  }
  const second = await makeWorkFolder(parent);
  expect((await readdir(parent)).toSorted()).toEqual([basename(first), basename(second), "other"].toSorted());
  await rm(join(parent, ".."), { recursive: true });
});
