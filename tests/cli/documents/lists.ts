/** What every list and every error looks like. */
import { z } from "zod";

export const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });
export const errorDocument = z.strictObject({
  error: z.strictObject({
    code: z.enum([
      "invalid",
      "unauthenticated",
      "forbidden",
      "not_found",
      "conflict",
      "refused",
      "unavailable",
      "internal",
    ]),
    reason: z.string().regex(/^[a-z][a-z0-9_]*$/),
    message: z.string().min(1),
    field: z.string().optional(),
    remedy: z.string().optional(),
  }),
});
