import { z } from "zod";
import { instant } from "./instant.ts";

export const venture = z.object({
  key: z.string(),
  id: z.string(),
  name: z.string(),
  url: z.string().nullable().default(null),
  repository: z.string().nullable().default(null),
  build_command: z.string().nullable().default(null),
  trusted: z.boolean().default(false),
  allow_private_addresses: z.boolean().default(false),
  demo: z.boolean().default(false),
  created_at: instant,
});
export type Venture = z.output<typeof venture>;
/** Columns to select: hashes (bytea) must never be selected through the data API. */
export const ventureColumns = Object.keys(venture.shape).join(",");
