import type { JobDetail } from "@holdpoint/db/people";

/** A job with everything about it, as scripts read it: the job's own fields on top, the lists beside them. */
export function detailDocument(detail: JobDetail): Record<string, unknown> {
  const { job, ...lists } = detail;
  return { ...job, ...lists };
}
