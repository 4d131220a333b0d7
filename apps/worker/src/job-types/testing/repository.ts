import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface TestRepository {
  path: string;
  git(...args: string[]): Promise<string>;
  /** Writes the files, commits, and answers the commit. */
  commit(files: Record<string, string>, message?: string): Promise<string>;
}

/** A real git repository in a folder of its own, on branch main. */
export async function createRepository(): Promise<TestRepository> {
  const path = await mkdtemp(join(tmpdir(), "holdpoint-repository-"));
  const env = {
    PATH: process.env["PATH"],
    HOME: path,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "test",
    GIT_AUTHOR_EMAIL: "test@example.org",
    GIT_COMMITTER_NAME: "test",
    GIT_COMMITTER_EMAIL: "test@example.org",
    GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
  };
  const git = async (...args: string[]): Promise<string> => (await run("git", args, { cwd: path, env })).stdout.trim();
  await git("init", "--quiet", "--initial-branch=main");
  return {
    path,
    git,
    async commit(files, message = "change") {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), text);
        if (text.startsWith("#!")) await chmod(join(path, name), 0o755);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", message);
      return await git("rev-parse", "HEAD");
    },
  };
}
