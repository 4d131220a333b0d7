import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAnchors, lastAnchor, parseAnchors, readAnchorFile } from "./anchor-file.ts";
import { checkpointHash, SEAL_START, sha256 } from "./hashes.ts";
import { checkpointLine } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";

function chain(length: number): Checkpoint[] {
  const made: Checkpoint[] = [];
  for (let no = 1; no <= length; no++) {
    const facts = {
      no,
      epoch: 1,
      up_to: `${no * 100}`,
      streams: no,
      sealed_at: no,
      root: sha256(`${no}`).toString("hex"),
    };
    const last = made.at(-1);
    const before = last ? Buffer.from(last.hash, "hex") : SEAL_START;
    made.push({ ...facts, hash: checkpointHash(before, facts).toString("hex") });
  }
  return made;
}

describe("an anchor file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdpoint-anchor-"));
    path = join(folder, "deep", "checkpoints.jsonl");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("that is not there yet has no anchors, and is made with its folder", async () => {
    expect(await readAnchorFile(path)).toEqual({ anchors: [], breaks: [] });
    expect(await lastAnchor(path)).toBeNull();
    const made = chain(3);
    await appendAnchors(path, made);
    expect(await readAnchorFile(path)).toEqual({ anchors: made, breaks: [] });
  });

  test("takes only what follows its newest, however often and from how far back it is given", async () => {
    const made = chain(500);
    await appendAnchors(path, made.slice(0, 300));
    await appendAnchors(path, made.slice(0, 300));
    await appendAnchors(path, made.slice(299));
    expect(readFileSync(path, "utf8")).toBe(made.map(checkpointLine).join(""));
    expect((await lastAnchor(path))?.no).toBe(500);
  });

  test("torn at any byte of its last line is mended by the next append, which removes nothing", async () => {
    const made = chain(3);
    const lines = made.map(checkpointLine);
    const whole = lines.join("");
    for (let cut = whole.length - (lines[2]?.length ?? 0); cut < whole.length; cut += 7) {
      const torn = whole.slice(0, cut);
      rmSync(path, { force: true });
      await appendAnchors(path, []);
      writeFileSync(path, torn);
      await appendAnchors(path, made);
      const text = readFileSync(path, "utf8");
      expect(text.startsWith(torn)).toBe(true);
      expect(parseAnchors(text)).toEqual({ anchors: made, breaks: [] });
    }
  });

  test("of another history is refused and left as it is", async () => {
    await appendAnchors(path, chain(2));
    const before = readFileSync(path, "utf8");
    const other = chain(4).map((one) => ({ ...one, hash: "0".repeat(64) }));
    await expect(appendAnchors(path, other)).rejects.toMatchObject({ reason: "anchor_differs" });
    await expect(appendAnchors(path, chain(1))).rejects.toMatchObject({ reason: "anchor_differs" });
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("tells what is damage and what two leaders leave behind", () => {
    const [one = "", two = "", three = ""] = chain(3).map(checkpointLine);
    const kinds = (text: string) => parseAnchors(text).breaks.map((found) => [found.kind, found.checkpoint]);
    expect(kinds(one + two + one + two + three)).toEqual([]);
    expect(kinds(one + three)).toEqual([["anchor_missing", 2]]);
    expect(kinds(two + three)).toEqual([["anchor_missing", 1]]);
    expect(kinds(`${one}not a checkpoint\n${two}`)).toEqual([["anchor_damaged", null]]);
    expect(kinds(one + two.replace('"streams":2', '"streams":9') + three)).toEqual([["anchor_damaged", 2]]);
    expect(kinds(`${one}${two}${two.replace(/"hash":"\w+"/, `"hash":"${"0".repeat(64)}"`)}`)).toEqual([
      ["anchor_damaged", 2],
    ]);
  });
});
