import { z } from "zod";

const commit = z.looseObject({ commit: z.string() });

export interface Titled {
  type: string;
  refs: unknown;
}

/** What the job does, as verb and object, from its typed fields: never a requester's own words. */
export function jobTitle(job: Titled, ventureName: string): string {
  if (job.type === "build") {
    const refs = commit.safeParse(job.refs);
    return refs.success ? `Build ${ventureName} at ${refs.data.commit.slice(0, 7)}` : `Build ${ventureName}`;
  }
  if (job.type === "health_scan") return `Check the health of ${ventureName}`;
  return `Run ${job.type} for ${ventureName}`;
}
