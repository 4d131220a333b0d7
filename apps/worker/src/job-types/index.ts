import type { JobDefinition } from "@holdpoint/sdk";
import type { Isolation } from "../sandbox/index.ts";
import { makeBuild } from "./build/build.ts";
import { makeHealthScan } from "./health-scan/health-scan.ts";

export interface BuiltInOptions {
  /** What the worker found out about this machine; it announces the same name. */
  isolation(): Promise<Isolation>;
  /** Where builds make their work folders. */
  workDir?: string;
}

/** The job types that every worker knows. */
export function makeBuiltInJobs(options: BuiltInOptions): readonly JobDefinition[] {
  return [makeHealthScan(), makeBuild(options)];
}
