import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const PREFIX = "build-";
/** Four times the longest run of a build: what is older belongs to a worker that was killed. */
const ABANDONED_MS = 2 * 60 * 60_000;

/** Makes an empty folder for one build, and removes those that killed workers left beside it. */
export async function makeWorkFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const found = await stat(join(parent, name)).catch(() => null); // another worker may be faster
    if (found === null || Date.now() - found.mtimeMs < ABANDONED_MS) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
  return await mkdtemp(join(parent, PREFIX));
}
