import "server-only";
import {
  listBulk,
  listIncidents,
  previewBulk,
  readIncidentReport,
  type BulkFilter,
  type BulkPreview,
  type IncidentPage,
  type IncidentReport,
  type ListedBulk,
} from "@holdpoint/db/people";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** What is dead or in quarantine under the URL's filter, newest first. */
export function readIncidents(filter: BulkFilter, before: string | undefined): Promise<Result<IncidentPage>> {
  return attempt(async () => listIncidents(await operatorClient(), { ...filter, ...(before ? { before } : {}) }));
}

/** How many jobs match, in groups, as of now. */
export function readPreview(filter: BulkFilter): Promise<Result<BulkPreview>> {
  return attempt(async () => previewBulk(await operatorClient(), filter));
}

/** Operations on many jobs, latest first. */
export function readOperations(): Promise<Result<ListedBulk[]>> {
  return attempt(async () => listBulk(await operatorClient()));
}

/** One incident with its recovery plan and what has changed. */
export const readReport = cache((id: string): Promise<Result<IncidentReport>> =>
  attempt(async () => readIncidentReport(await operatorClient(), id)),
);
