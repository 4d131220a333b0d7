import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { SupportedStorage } from "@supabase/supabase-js";
import { z } from "zod";

const content = z.object({ version: z.literal(1), session: z.string() });

/**
 * Keeps one operator's session in a file of mode 0600, written whole or not at all. A file that is missing, damaged or
 * of another version reads as signed out. Shared safely by several processes: the last refresh wins, and the auth
 * service answers a just-rotated token for 10 s.
 */
export function sessionFile(path: string): SupportedStorage {
  return {
    async getItem() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
      const parsed = content.safeParse(parseJson(text));
      return parsed.success ? parsed.data.session : null;
    },
    async setItem(_key, session) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const next = `${path}.${randomBytes(6).toString("hex")}`;
      await writeFile(next, `${JSON.stringify({ version: 1, session })}\n`, { mode: 0o600 });
      await chmod(next, 0o600);
      await rename(next, path);
    },
    async removeItem() {
      await rm(path, { force: true });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
