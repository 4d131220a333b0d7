import { JOB_STATES, jobIdSchema, typeNameSchema, ventureKeySchema, type JobState } from "@holdpoint/policy";

/** The list's filter: what the URL says, and nothing else. */
export interface JobFilter {
  states: JobState[] | undefined;
  type: string | undefined;
  venture: string | undefined;
  before: string | undefined;
}

type Params = Record<string, string | string[] | undefined>;

/** Reads the filter from the URL; what does not fit is left out. */
export function parseFilter(params: Params): JobFilter {
  const one = (name: string) => {
    const value = params[name];
    return (Array.isArray(value) ? value[0] : value) || undefined;
  };
  const states = one("state")
    ?.split(",")
    .flatMap((name) => JOB_STATES.filter((state) => state === name));
  return {
    states: states && states.length > 0 ? states : undefined,
    type: typeNameSchema.safeParse(one("type")).data,
    venture: ventureKeySchema.safeParse(one("venture")).data,
    before: jobIdSchema.safeParse(one("before")).data,
  };
}

/** The URL of the list under a filter, with some of it changed. */
export function filterHref(filter: JobFilter, change: Partial<JobFilter> = {}): string {
  const { states, type, venture, before } = { ...filter, before: undefined, ...change };
  const query = new URLSearchParams();
  if (states) query.set("state", states.join(","));
  if (type) query.set("type", type);
  if (venture) query.set("venture", venture);
  if (before) query.set("before", before);
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `/jobs?${text}` : "/jobs";
}
