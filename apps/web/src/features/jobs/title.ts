import { z } from "zod";

const commit = z.looseObject({ commit: z.string() });

export interface Titled {
  type: string;
  refs: unknown;
}

/** What the job does, as verb and object, from its typed fields: never a requester's own words. The venture stands beside it. */
export function jobTitle(job: Titled): string {
  if (job.type === "build") return `Build ${jobSubject(job) ?? "the repository"}`;
  if (job.type === "health_scan") return "Check every address";
  return `Run ${job.type}`;
}

/** What it is done to, short: the commit of a build. Null where nothing was resolved. */
export function jobSubject({ refs }: Pick<Titled, "refs">): string | null {
  const resolved = commit.safeParse(refs);
  return resolved.success ? `commit ${resolved.data.commit.slice(0, 7)}` : null;
}
