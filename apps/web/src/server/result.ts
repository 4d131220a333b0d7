import "server-only";
import { toHoldpointError } from "@holdpoint/db";
import type { ErrorJson } from "@holdpoint/policy";
import { unstable_rethrow } from "next/navigation";

/** What a panel shows: data, or its own error while the rest of the page lives on. */
export type Result<T> = { ok: true; data: T; at: number } | { ok: false; error: ErrorJson; at: number };

/** Runs a query for a panel. Redirects pass; everything else becomes the error shape. */
export async function attempt<T>(query: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, data: await query(), at: Date.now() };
  } catch (error) {
    unstable_rethrow(error);
    return { ok: false, error: toHoldpointError(error).toJSON(), at: Date.now() };
  }
}
