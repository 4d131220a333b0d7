import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError, TransientError } from "@holdpoint/sdk";
import { SAFE_PATH } from "../../sandbox/start.ts";
import { pinnedSettings } from "./repository.ts";
import type { Repository } from "./repository.ts";
import { runGit } from "./run-git.ts";

export interface GitOptions {
  repository: Repository;
  allowPrivate: boolean;
  signal: AbortSignal;
  timeoutMs: number;
  /** No file that git writes may be larger. */
  maxFileBytes: number | null;
}

/** Runs git for one repository; `cwd` is where. Answers what git printed. */
export type Git = (cwd: string, args: readonly string[]) => Promise<string>;

/**
 * Lends a git that obeys nothing but what is said here: no configuration of the machine or its user, no hooks, no
 * helpers, no prompts, no redirects, no submodules, only the repository's own protocol.
 */
export async function withGit<T>(options: GitOptions, use: (git: Git) => Promise<T>): Promise<T> {
  const settings = await pinned(options);
  const home = await mkdtemp(join(tmpdir(), "holdpoint-git-"));
  try {
    const config = join(home, "gitconfig");
    await writeFile(config, configText(options.repository, settings), { mode: 0o600 });
    const env = environment(home, config, options.repository);
    return await use((cwd, args) => run(cwd, args, env, options));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function pinned(options: GitOptions): Promise<[string, string][]> {
  try {
    return await pinnedSettings(options.repository, options.allowPrivate);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOTFOUND") throw unreachable(options.repository, "its host has no address", error);
    if (code !== null) throw new TransientError(`The repository's host could not be looked up: ${String(error)}`);
    throw error;
  }
}

// A file, not -c: git passes those on to the other side of a local repository, which has to agree as well.
function configText(repository: Repository, settings: [string, string][]): string {
  const safe = repository.kind === "path" ? [repository.location, `${repository.location}/.git`] : [];
  const all: [string, string][] = [
    ...safe.map((path): [string, string] => ["safe.directory", path.replace(/\/\.git\/\.git$/, "/.git")]),
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.attributesFile", "/dev/null"],
    ["credential.helper", ""],
    ["http.followRedirects", "false"],
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "30"],
    ["protocol.version", "2"],
    ["submodule.recurse", "false"],
    ["fetch.recurseSubmodules", "false"],
    ["fetch.unpackLimit", "1"],
    ["gc.auto", "0"],
    ["advice.detachedHead", "false"],
    ["init.defaultBranch", "main"],
    ...settings,
  ];
  return all
    .map(([name, value]) => {
      const dot = name.indexOf(".");
      const quoted = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
      return `[${name.slice(0, dot)}]\n\t${name.slice(dot + 1)} = "${quoted}"\n`;
    })
    .join("");
}

function environment(home: string, config: string, repository: Repository): Record<string, string> {
  const protocols = { path: "file", http: "http:https", ssh: "ssh" };
  return {
    PATH: SAFE_PATH,
    HOME: home,
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: config,
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    SSH_ASKPASS: "/bin/false",
    GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=10",
    GIT_ALLOW_PROTOCOL: protocols[repository.kind],
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
}

async function run(
  cwd: string,
  args: readonly string[],
  env: Record<string, string>,
  options: GitOptions,
): Promise<string> {
  const ran = await runGit(cwd, args, { ...options, env });
  switch (ran.end) {
    case "done":
      return ran.stdout;
    case "missing":
      throw missingGit();
    case "too_much":
      throw tooLarge();
    case "failed":
      throw explain(options.repository, args[0] ?? "", ran.code, ran.stderr);
    default:
      return ran satisfies never;
  }
}

function explain(repository: Repository, verb: string, code: number | null, stderr: string): Error {
  const said = stderr.trim().replaceAll(/\s+/g, " ").slice(0, 500);
  if (/File too large|signal 25/i.test(said) || code === 153) return tooLarge();
  const gone = /not found|does not exist|does not appear to be a git repository|not a git repository|no such/i;
  const closed =
    /authentication failed|could not read Username|permission denied|terminal prompts disabled|\b40[13]\b/i;
  if (gone.test(said)) return unreachable(repository, said);
  if (closed.test(said)) {
    return unreachable(repository, `it is not public, or needs credentials that the worker lacks: ${said}`);
  }
  return new TransientError(`git ${verb} failed for ${repository.location}: ${said}`, { reason: "git_failed" });
}

function tooLarge(): BadInputError {
  return new BadInputError("The repository is larger than a build may be.", { reason: "repository_too_large" });
}

function unreachable(repository: Repository, why: string, cause?: unknown): BadInputError {
  return new BadInputError(`The repository ${repository.location} can't be fetched: ${why}`, {
    reason: "repository_unreachable",
    field: "venture.repository",
    cause,
  });
}

function missingGit(): BadInputError {
  return new BadInputError("MISSING CONFIG: git is not installed where the worker runs.", {
    reason: "missing_config",
    field: "git",
    remedy: "Install git on the worker's machine (Debian: apt install git).",
  });
}
