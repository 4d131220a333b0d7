import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

/** Writes a file of mode 0600, whole or not at all, and safe from a power cut. */
export function writePrivateFile(path: string, text: string): void {
  const next = `${path}.new`;
  const fd = openSync(next, "w", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, path);
}

/** The file's JSON, or undefined when there is no file. @throws SyntaxError for a damaged one. */
export function readJsonFile(path: string): unknown {
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8"));
}
