/** The documents of docs/job-json.md as strict schemas: a field more or less is a break that scripts would feel. */
export * from "./documents/decisions.ts";
export * from "./documents/fleet.ts";
export * from "./documents/jobs.ts";
export * from "./documents/lists.ts";
export * from "./documents/policy.ts";
