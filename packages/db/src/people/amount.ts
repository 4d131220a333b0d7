import { z } from "zod";

/** A bigint column: a JSON number, or its digits as text where it could pass 2^53. */
export const amount = z
  .union([z.number(), z.string().regex(/^-?\d+$/)])
  .transform(Number)
  .refine(Number.isSafeInteger, "larger than 2^53");

/** A bytea hash however it is written (hex, "\\x" + hex): lower-case hex. */
export const hexHash = z.string().transform((text) => text.replace(/^\\x/, "").toLowerCase());
