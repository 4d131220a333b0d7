import { tmpdir } from "node:os";
import { BadInputError } from "@holdpoint/sdk";
import type { Git } from "./git.ts";
import type { Repository } from "./repository.ts";

/**
 * The commit that a ref of the repository means now: a full commit id stands for itself; else a tag, a branch, or a
 * full ref name, in git's own order. Throws BadInputError when there is none.
 */
export async function resolveCommit(git: Git, repository: Repository, ref: string): Promise<string> {
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref)) {
    // Nobody should be asked to approve a build of a repository that can't be reached.
    await git(tmpdir(), ["ls-remote", "--", repository.location, "HEAD"]);
    return ref;
  }
  const names = ref === "HEAD" ? ["HEAD"] : [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`];
  const patterns = names.flatMap((name) => [name, `${name}^{}`]);
  const listed = await git(tmpdir(), ["ls-remote", "--", repository.location, ...patterns]);
  const found = new Map(
    listed
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => [line.split("\t")[1] ?? "", line.split("\t")[0] ?? ""]),
  );
  for (const name of names) {
    // An annotated tag is an object of its own; what it points to is listed with ^{}.
    const commit = found.get(`${name}^{}`) ?? found.get(name);
    if (commit !== undefined) return commit;
  }
  throw new BadInputError(`${repository.location} has no branch or tag "${ref}".`, {
    reason: "ref_unknown",
    field: "payload.ref",
    remedy: "Name a branch, a tag, or a commit with all 40 digits.",
  });
}
