import { mkdir, open, readFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { HoldpointError } from "@holdpoint/policy";
import { sealBreak } from "./break.ts";
import type { Break } from "./break.ts";
import { checkpointHash, SEAL_START } from "./hashes.ts";
import { checkpointLine, checkpointSchema } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";

export interface Anchors {
  /** In the order of their numbers, each once. */
  anchors: Checkpoint[];
  breaks: Break[];
}

/** Reads an anchor file; one that is not there has no anchors. */
export async function readAnchorFile(path: string): Promise<Anchors> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return parseAnchors(text);
}

/**
 * Parses the lines of an anchor file. Two things are no damage, because a crash or two leaders leave them: a line that
 * was torn (the start of the line after it, or the last one), and a checkpoint that is there twice.
 */
export function parseAnchors(text: string): Anchors {
  const lines = text.split("\n");
  const known = new Map<number, Checkpoint>();
  const breaks: Break[] = [];
  let last: Checkpoint | undefined;
  for (const [index, line] of lines.entries()) {
    const anchor = parseLine(line);
    if (anchor === null) {
      const torn = lines[index + 1]?.startsWith(line) ?? true;
      if (!torn) breaks.push(damaged(null, "a checkpoint", `line ${index + 1}: ${line.slice(0, 80)}`));
      continue;
    }
    const same = known.get(anchor.no);
    if (same) {
      if (same.hash !== anchor.hash) breaks.push(damaged(anchor.no, same.hash, `${anchor.hash} in line ${index + 1}`));
      continue;
    }
    const wanted = (last?.no ?? 0) + 1;
    if (anchor.no !== wanted) {
      breaks.push(sealBreak("anchor_missing", wanted, `checkpoint ${wanted}`, `${anchor.no} in line ${index + 1}`));
    } else {
      const hash = checkpointHash(last ? Buffer.from(last.hash, "hex") : SEAL_START, anchor).toString("hex");
      if (hash !== anchor.hash) breaks.push(damaged(anchor.no, hash, anchor.hash));
    }
    known.set(anchor.no, anchor);
    last = anchor;
  }
  return { anchors: [...known.values()], breaks };
}

function damaged(no: number | null, expected: string, found: string): Break {
  return sealBreak("anchor_damaged", no, expected, found);
}

function parseLine(line: string): Checkpoint | null {
  try {
    return checkpointSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

const TAIL = 65_536;

/** The newest checkpoint of the file, from its end alone; null when it has none. */
export async function lastAnchor(path: string): Promise<Checkpoint | null> {
  return withFile(path, async (file) => parseAnchors(await tailOf(file)).anchors.at(-1) ?? null);
}

/**
 * Appends checkpoints that follow the newest of the file and waits until they are on the disk. `checkpoints` begins with
 * that newest one when there is one: another hash of the same number is a conflict, and nothing is appended to the file
 * of another history. What is written stays as it is: a torn last line is ended, and its checkpoint written again.
 */
export async function appendAnchors(path: string, checkpoints: readonly Checkpoint[]): Promise<void> {
  await withFile(path, async (file) => {
    const tail = await tailOf(file);
    const last = parseAnchors(tail).anchors.at(-1);
    if (last && checkpoints.find((checkpoint) => checkpoint.no === last.no)?.hash !== last.hash) {
      throw new HoldpointError(
        "conflict",
        "anchor_differs",
        `${path} ends with a checkpoint ${last.no} that the database does not have.`,
        {
          remedy: "Read the runbook audit-break. After a restore, move the file aside and keep it.",
        },
      );
    }
    const fresh = checkpoints.filter((checkpoint) => checkpoint.no > (last?.no ?? 0));
    if (fresh.length === 0) return;
    await file.appendFile(`${tail === "" || tail.endsWith("\n") ? "" : "\n"}${fresh.map(checkpointLine).join("")}`);
    await file.sync();
    if (tail === "") await syncFolder(dirname(path));
  });
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "a+", 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** The last lines, without one that began before them. */
async function tailOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL);
  const buffer = Buffer.alloc(size - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  const text = buffer.toString("utf8", 0, bytesRead);
  return from === 0 ? text : text.slice(text.indexOf("\n") + 1);
}

/** A new file is only sure to be there when its folder is on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
