import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";

/** <data dir>/local.json: written by the local stack while it runs and left there, mode 0600. */
const localFile = z.looseObject({
  rest_url: z.url(),
  anon_key: z.string().min(1),
  web_url: z.url().nullish(),
});
export type LocalFile = z.output<typeof localFile>;

export const LOCAL_FILE = "local.json";

/** What the local stack says of itself, or null when there is none in this folder. */
export async function readLocalFile(dataDir: string): Promise<LocalFile | null> {
  const path = join(dataDir, LOCAL_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw new HoldpointError("unavailable", "data_dir_unreadable", `${path} cannot be read.`, {
      remedy: "Run this as the user who runs `npm start`.",
      cause: error,
    });
  }
  const parsed = localFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new HoldpointError("unavailable", "local_file_damaged", `${path} is damaged.`, {
    remedy: "Start the local stack again: it writes the file anew.",
  });
}

/** The default data folder: `.holdpoint` here or in the nearest folder above that has a stack's file, else here. */
export async function defaultDataDir(cwd: string): Promise<string> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (await readLocalFile(join(folder, ".holdpoint"))) return join(folder, ".holdpoint");
    if (dirname(folder) === folder) return resolve(cwd, ".holdpoint");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
