import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BadInputError } from "@holdpoint/sdk";
import type { Git } from "./git.ts";
import type { Repository } from "./repository.ts";

const MAX_FILES = 200_000;

/**
 * Puts exactly this commit into the (empty) folder, and answers its time in seconds since 1970. Nothing of where it
 * came from stays in the folder. Throws BadInputError when the repository does not have the commit, or when its files
 * are more, or larger, than a build may be: looked at before any of them is written.
 */
export async function checkOut(
  git: Git,
  repository: Repository,
  commit: string,
  folder: string,
  maxBytes: number,
): Promise<{ commitSeconds: number; files: number; bytes: number }> {
  await git(folder, ["init", "--quiet", "--template=", "."]);
  await fetchCommit(git, repository, commit, folder);
  const size = measure(await git(folder, ["ls-tree", "-r", "-l", "-z", "--full-tree", commit]));
  if (size.files > MAX_FILES || size.bytes > maxBytes) {
    const limit = `${MAX_FILES} files and ${Math.floor(maxBytes / 1024 / 1024)} MiB`;
    throw new BadInputError(`The commit holds ${size.files} files of ${size.bytes} bytes; a build may have ${limit}.`, {
      reason: "repository_too_large",
    });
  }
  await git(folder, ["checkout", "--quiet", "--force", "--detach", commit]);
  const time = await git(folder, ["show", "--no-patch", "--format=%ct", commit]);
  await rm(join(folder, ".git", "FETCH_HEAD"), { force: true });
  return { commitSeconds: Number(time.trim()), ...size };
}

async function fetchCommit(git: Git, repository: Repository, commit: string, folder: string): Promise<void> {
  const fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
  try {
    await git(folder, [...fetch, "--depth=1", "--", repository.location, commit]);
  } catch (error) {
    if (!(error instanceof Error) || !/unadvertised|not our ref|upload-pack/i.test(error.message)) throw error;
    // A server that gives no single commits: everything it advertises, and see whether the commit is in it.
    await git(folder, [
      ...fetch,
      "--",
      repository.location,
      "+refs/heads/*:refs/seen/heads/*",
      "+refs/tags/*:refs/seen/tags/*",
    ]);
  }
  const has = await git(folder, ["cat-file", "-t", commit]).catch(() => "");
  if (has.trim() === "commit") return;
  throw new BadInputError(`${repository.location} has no commit ${commit}.`, {
    reason: "commit_unknown",
    field: "payload.ref",
  });
}

function measure(listing: string): { files: number; bytes: number } {
  const entries = listing.split("\0").filter((entry) => entry !== "");
  const bytes = entries.reduce((sum, entry) => sum + (Number(entry.split(/\s+/, 4)[3]) || 0), 0);
  return { files: entries.length, bytes };
}
