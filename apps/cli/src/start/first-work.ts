import { setTimeout as delay } from "node:timers/promises";
import { addVenture, listJobs, listJobTypes, submitJob } from "@holdpoint/db/people";
import type { PeopleClient } from "@holdpoint/db/people";
import type { StateFile } from "@holdpoint/local";
import { ENDED_STATES, HoldpointError, WAITING_FOR_PERSON } from "@holdpoint/policy";
import { isGitCheckout, isInstalled } from "./checkout.ts";

export interface FirstWorkOptions {
  client: PeopleClient;
  state: StateFile;
  checkout: string;
  /** The dashboard's address, whether or not it runs this time. */
  siteUrl: string;
  /** Without a dashboard there is nothing to scan yet: a later start with one does. */
  web: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}

export const VENTURE = "holdpoint";
/** Reads every source file of the checkout; needs nothing installed and no network. */
export const BUILD_COMMAND = "node apps/cli/src/start/check-sources.mjs";

/** Whether the very first start still has something to show. */
export function hasFirstWork(state: StateFile, web: boolean): boolean {
  const { first } = state.read();
  return !first.venture || !first.build || (web && !first.healthScan);
}

const SETTLED: readonly string[] = [...ENDED_STATES, ...WAITING_FOR_PERSON];
const SETTLE_MS = 20_000;

/**
 * Registers this checkout as the venture `holdpoint`, scans its dashboard, and submits a build that waits for the
 * operator. Each once in the life of an installation: a repeat after an interruption finds the same jobs. Returns what
 * became of them, one line each, after at most 20 s.
 */
export async function submitFirstWork(options: FirstWorkOptions): Promise<string[]> {
  await registerCheckout(options);
  const types = await announcedTypes(options);
  if (options.web) await submitOnce(options, types, "healthScan", "health_scan");
  if (!isInstalled("git") || !isGitCheckout(options.checkout)) {
    options.say(
      isInstalled("git")
        ? "build: MISSING CONFIG (this folder is not a git checkout, so there is no commit to build)."
        : "build: MISSING CONFIG (git is not installed).",
    );
  } else {
    await submitOnce(options, types, "build", "build");
  }
  return await outcomes(options);
}

/** Waits until the first jobs have ended or wait for a person, so that the first screen shows real work. */
async function outcomes({ client, signal }: FirstWorkOptions): Promise<string[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const { items } = await listJobs(client, { venture: VENTURE });
    if (items.every((job) => SETTLED.includes(job.state)) || performance.now() > deadline) {
      return items.map((job) => `${job.type} of ${job.venture}: ${job.state}`).toSorted();
    }
    await delay(100, undefined, { signal });
  }
}

async function registerCheckout({ client, state, checkout, siteUrl }: FirstWorkOptions): Promise<void> {
  if (state.read().first.venture) return;
  try {
    await addVenture(client, {
      key: VENTURE,
      name: "Holdpoint",
      url: `${siteUrl}/api/health`,
      ...(isGitCheckout(checkout) ? { repository: checkout } : {}),
      build_command: BUILD_COMMAND,
      trusted: true,
      allow_private_addresses: true,
    });
  } catch (error) {
    // Registered by a start that was interrupted before it could note so.
    if (!(error instanceof HoldpointError) || error.code !== "conflict") throw error;
  }
  state.write({ first: { ...state.read().first, venture: true } });
}

/** The worker announces its types as it registers; a moment later they can be read. */
async function announcedTypes({ client, signal }: FirstWorkOptions): Promise<Set<string>> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const names = new Set((await listJobTypes(client)).map((type) => type.name));
    if ((names.has("health_scan") && names.has("build")) || performance.now() > deadline) return names;
    await delay(100, undefined, { signal });
  }
}

async function submitOnce(
  { client, state, say }: FirstWorkOptions,
  types: Set<string>,
  mark: "healthScan" | "build",
  type: string,
): Promise<void> {
  if (state.read().first[mark]) return;
  if (!types.has(type)) {
    say(`${type}: MISSING CONFIG (the worker does not offer it).`);
    return;
  }
  await submitJob(client, { type, venture: VENTURE, payload: {}, key: `first-start:${type}` });
  state.write({ first: { ...state.read().first, [mark]: true } });
}
