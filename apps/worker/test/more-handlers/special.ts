import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** A type that only one of two workers knows. */
export default defineJob({
  name: "special",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 60_000,
  run: () => "special",
});
