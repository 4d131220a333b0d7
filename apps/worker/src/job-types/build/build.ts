import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError, defineJob, z } from "@holdpoint/sdk";
import type { JobContext, VentureFacts } from "@holdpoint/sdk";
import { DEFAULT_LIMITS } from "../../sandbox/index.ts";
import type { Isolation, SandboxLimits } from "../../sandbox/index.ts";
import { checkOut } from "./checkout.ts";
import { withGit } from "./git.ts";
import type { Git, GitOptions } from "./git.ts";
import { parseRepository } from "./repository.ts";
import { resolveCommit } from "./resolve-commit.ts";
import { throwUnlessBuilt } from "./verdict.ts";
import { makeWorkFolder } from "./work-folder.ts";

const MiB = 1024 * 1024;

const payload = z.strictObject({
  ref: z
    .string()
    .regex(/^(?!-)(?!.*\.\.)[\w./+@-]{1,200}$/, "must be a branch, a tag or a commit")
    .default("HEAD")
    .describe("Branch, tag or commit; resolved to a commit before the approval."),
  command: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .describe("Run by sh in the work folder; the venture's build command when left out."),
  output: z
    .string()
    .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]{1,200}$/, "must be a folder inside the work folder")
    .default(".")
    .describe("The folder that is kept as the artifact."),
  timeoutMs: z
    .number()
    .int()
    .min(1000)
    .max(25 * 60_000)
    .default(20 * 60_000)
    .describe("The longest the command may take."),
});

export interface BuildRefs {
  repository: string;
  commit: string;
  command: string;
}

export interface BuildOptions {
  isolation(): Promise<Isolation>;
  /** Where work folders are made; the system's folder for temporary files by default. */
  workDir?: string;
  limits?: Partial<SandboxLimits>;
  maxArtifactBytes?: number;
  gitTimeoutMs?: number;
}

/**
 * Builds one commit of a venture's repository in the sandbox and keeps the result as a tar. Waits for an approval: the
 * plan names repository, commit and command. A command that fails is bad_input (never retried: the same commit fails
 * the same way), as are its limits; a command that takes too long is a timeout.
 */
export function makeBuild(options: BuildOptions) {
  const limits: SandboxLimits = { ...DEFAULT_LIMITS, ...options.limits };
  return defineJob({
    name: "build",
    version: 1,
    description: "Builds a commit of the venture's repository in the sandbox and keeps the result.",
    payload,
    size: "medium",
    timeoutMs: 30 * 60_000,
    approval: true,
    async resolve(wanted, { venture, signal }): Promise<BuildRefs> {
      const { repository, command } = configOf(venture, wanted.command);
      const git = { ...gitOptions(venture, repository, options, signal), maxFileBytes: null };
      const commit = await withGit(git, (run) => resolveCommit(run, git.repository, wanted.ref));
      return { repository: git.repository.location, commit, command };
    },
    async run(ctx) {
      const isolation = await options.isolation();
      if (!isolation.isolated && !ctx.venture.trusted) throw notIsolatedError(ctx.venture);
      const folder = await makeWorkFolder(options.workDir ?? tmpdir());
      try {
        return await build(ctx, isolation, limits, folder, options);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  });
}

async function build(
  ctx: JobContext<z.output<typeof payload>, BuildRefs>,
  isolation: Isolation,
  limits: SandboxLimits,
  folder: string,
  options: BuildOptions,
) {
  const { repository, commit, command } = ctx.refs;
  const source = join(folder, "source");
  await mkdir(source);
  ctx.log(`fetching ${commit} from ${repository}`);
  const git = { ...gitOptions(ctx.venture, repository, options, ctx.signal), maxFileBytes: limits.workBytes };
  const tree = await withGit(git, (run: Git) => checkOut(run, git.repository, commit, source, limits.workBytes));
  ctx.progress({ done: 1, total: 3, note: `fetched ${tree.files} files` });

  const name = isolation.isolated ? isolation.name : "NOT ISOLATED";
  ctx.log(`running in ${name}: ${command}`);
  const file = join(folder, "output.tar");
  const began = performance.now();
  const result = await isolation.provider.run({
    command,
    folder: source,
    env: { SOURCE_DATE_EPOCH: String(tree.commitSeconds), HOLDPOINT_COMMIT: commit },
    limits: { ...limits, timeoutMs: ctx.payload.timeoutMs },
    signal: ctx.signal,
    onStdout: ctx.log.stdout,
    onStderr: ctx.log.stderr,
    output: {
      file,
      from: ctx.payload.output,
      maxBytes: options.maxArtifactBytes ?? 512 * MiB,
      mtimeSeconds: tree.commitSeconds,
    },
  });
  const output = throwUnlessBuilt(result, limits, ctx.payload.timeoutMs, ctx.signal);
  ctx.progress({ done: 2, total: 3, note: "built" });
  const facts = { commit, ref: ctx.payload.ref, repository, command, isolation: isolation.name };
  const artifact = await ctx.artifact("build.tar", { path: file, mediaType: "application/x-tar", facts });
  ctx.progress({ done: 3, total: 3, note: "kept" });
  ctx.log(`kept build.tar, ${output.bytes} bytes, sha256 ${output.sha256}`);
  return {
    commit,
    sha256: output.sha256,
    bytes: output.bytes,
    artifact: artifact.id,
    isolation: isolation.name,
    commandMs: Math.round(performance.now() - began),
    stdoutBytes: result.stdoutBytes,
    stderrBytes: result.stderrBytes,
  };
}

function configOf(venture: VentureFacts, wanted: string | undefined): { repository: string; command: string } {
  const missing = (what: string, field: string): BadInputError =>
    new BadInputError(`MISSING CONFIG: venture ${venture.key} has no ${what}.`, {
      reason: "missing_config",
      field,
      remedy: `Give the venture a ${what}.`,
    });
  if (venture.repository === null) throw missing("repository", "venture.repository");
  const command = wanted ?? venture.buildCommand;
  if (command === null) throw missing("build command", "venture.build_command");
  return { repository: venture.repository, command };
}

function gitOptions(
  venture: VentureFacts,
  repository: string,
  options: BuildOptions,
  signal: AbortSignal,
): Omit<GitOptions, "maxFileBytes"> {
  return {
    repository: parseRepository(repository),
    allowPrivate: venture.allowPrivateAddresses,
    signal,
    timeoutMs: options.gitTimeoutMs ?? 5 * 60_000,
  };
}

function notIsolatedError(venture: VentureFacts): BadInputError {
  return new BadInputError(`NOT ISOLATED: this machine has no sandbox, and venture ${venture.key} is not trusted.`, {
    reason: "not_isolated",
    remedy: "Install bubblewrap on the worker's machine, or mark the venture as trusted.",
  });
}
