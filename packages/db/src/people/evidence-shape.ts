import { z } from "zod";
import { instant } from "./instant.ts";

/** An observation with a source, a time and a lifetime. */
export const evidence = z.object({
  id: z.string(),
  venture: z.string(),
  subject: z.string(),
  kind: z.string(),
  ok: z.boolean(),
  finding: z.string(),
  facts: z.unknown(),
  source: z.string(),
  job_id: z.string().nullable(),
  run_no: z.number().nullable(),
  seen_at: instant,
  stale_at: instant,
});
export type Evidence = z.output<typeof evidence>;
