import type { Context } from "../core/context.ts";

/** What one check found. `warn` is worth knowing and fails nothing; `skip` says why it could not be looked at. */
export interface Check {
  name: string;
  status: "pass" | "warn" | "fail" | "skip";
  finding: string;
  remedy: string | null;
}

/** A check never throws: what it could not find out is a finding too. */
export type Checker = (context: Context) => Promise<Check[]>;

export function check(name: string, status: Check["status"], finding: string, remedy: string | null = null): Check {
  return { name, status, finding, remedy };
}
