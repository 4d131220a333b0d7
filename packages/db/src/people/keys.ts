import { z } from "zod";

export const ventureKey = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, "must be 2 to 40 of a-z, 0-9 and -, starting with a letter");
export const typeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and _, starting with a letter");
export const jobId = z.guid("must be a job id (a UUID)");
/** Why a person did it: kept for ever in the event, so not empty and not a novel. */
export const personsReason = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(2000, "must be at most 2,000 characters");
