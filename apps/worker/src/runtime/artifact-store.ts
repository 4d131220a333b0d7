import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { saveArtifact } from "@holdpoint/db/runtime";
import { BugError } from "@holdpoint/sdk";
import type { ArtifactInput, StoredArtifact } from "@holdpoint/sdk";
import type { ActiveRun } from "./active-run.ts";
import type { Access } from "./databases.ts";
import { leasedCall } from "./leased-call.ts";

/** Copies files of runs into the installation's artifact store: `<venture>/<job>/<run>/<name>` below its folder. */
export class ArtifactStore {
  readonly #folder: string;
  readonly #access: Access;

  constructor(folder: string, access: Access) {
    this.#folder = folder;
    this.#access = access;
  }

  /**
   * Keeps one file. It lies whole and synced under its final name before it is recorded; a run that has lost its
   * lease records nothing. The names of a run are unique.
   */
  async keep(run: ActiveRun, name: string, input: ArtifactInput): Promise<StoredArtifact> {
    if (!/^[\w][\w .+@=-]{0,149}$/.test(name)) {
      throw new BugError(`"${name}" can't name an artifact: letters, digits, dot, space, + @ = - and _, at most 150.`);
    }
    const { job_id: jobId, token, run_no: runNo, venture } = run.row;
    const path = join(venture, jobId, String(runNo), name);
    const { bytes, sha256 } = await this.#copy(join(this.#folder, path), input, run.signal);
    const record = { jobId, token, name, mediaType: input.mediaType, bytes, sha256, path, facts: input.facts ?? {} };
    const { databases, caller } = this.#access;
    const id = await leasedCall(run, () => saveArtifact(databases.work, caller, record));
    return { id, bytes, sha256 };
  }

  async #copy(target: string, input: ArtifactInput, signal: AbortSignal): Promise<{ bytes: number; sha256: string }> {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const temporary = `${target}.${randomUUID()}.part`;
    const hash = createHash("sha256");
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(sourceOf(input), measure, createWriteStream(temporary, { flags: "wx", mode: 0o600 }), { signal });
      const file = await open(temporary, "r");
      await file.sync();
      await file.close();
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
    return { bytes, sha256: hash.digest("hex") };
  }
}

function sourceOf(input: ArtifactInput): Readable {
  if (input.path !== undefined) return createReadStream(input.path);
  return Readable.from([typeof input.body === "string" ? Buffer.from(input.body) : Buffer.from(input.body)]);
}
