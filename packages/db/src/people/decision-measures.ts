import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const days = z.int().min(1).max(366).default(30);

export const decisionMeasures = z.object({
  days: z.number(),
  /** Only the latest 10,000 decisions were looked at. */
  cut: z.boolean(),
  items: z.array(
    z.object({
      venture: z.string(),
      type: z.string(),
      decided: z.number(),
      approved: z.number(),
      /** Near 1: nobody says no any more. */
      approve_rate: z.number(),
      /** From being held to the answer. */
      median_ms: z.number(),
      p90_ms: z.number(),
      under_10s: z.number(),
      people: z.number(),
    }),
  ),
});
export type DecisionMeasures = z.output<typeof decisionMeasures>;

/** How people decide, per venture and job type, over so many days. */
export function readDecisionMeasures(client: PeopleClient, over?: number): Promise<DecisionMeasures> {
  return callRpc(client, "decision_measures", { p_days: parseInput(days, over) }, decisionMeasures);
}
