import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { create } from "tar";

/** Streams a folder as a tar. The receiver may leave early: then that is what its exit code says, not an error here. */
export async function packFolder(folder: string, into: Writable | null, signal: AbortSignal): Promise<void> {
  if (into === null) return;
  // The entries, not the folder: whose it is and its mode are the sandbox's business.
  const names = (await readdir(folder)).map((name) => `./${name}`);
  const archive = names.length === 0 ? [Buffer.alloc(1024)] : create({ cwd: folder, portable: true }, names);
  try {
    await pipeline(archive, into, { signal });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (!["EPIPE", "ABORT_ERR", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET"].includes(String(code))) throw error;
  }
}

/** Null when nothing came. */
export type Received = { bytes: number; sha256: string } | { tooLarge: number } | null;

/** Writes what comes to the file and hashes it. Nothing is kept of more than `maxBytes`, or when nothing was wanted. */
export async function receiveTar(
  stream: Readable,
  output: { file: string; maxBytes: number } | null,
): Promise<Received> {
  if (output === null) {
    stream.resume();
    return null;
  }
  return await hashed(stream, output);
}

export async function hashed(
  source: AsyncIterable<Buffer>,
  output: { file: string; maxBytes: number },
): Promise<Received> {
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      // Goes on reading, so that the packer ends instead of hanging.
      if (bytes > output.maxBytes) continue;
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(source, counted, createWriteStream(output.file, { mode: 0o600 }));
  if (bytes > output.maxBytes || bytes === 0) await rm(output.file, { force: true });
  if (bytes === 0) return null;
  return bytes > output.maxBytes ? { tooLarge: bytes } : { bytes, sha256: hash.digest("hex") };
}

/** What the script said about how far it came. The command can write there too, if it tries: 4 kB are kept. */
export async function collect(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    if (text.length < 4096) text += String(chunk);
  }
  return text.slice(0, 4096);
}
