import { defineJob, z } from "@holdpoint/sdk";

const answer = z.object({ charge: z.object({ id: z.string() }).nullable() });

/** Charges a card at the harness's provider, which knows repeated keys or (with `forgets`) does not. */
export default defineJob({
  name: "fault_paid",
  version: 1,
  payload: z.object({ url: z.url(), forgets: z.boolean() }),
  size: "small",
  effectKinds: ["other"],
  estimateMicrousd: 1_000_000,
  ceilingMicrousd: 2_000_000,
  timeoutMs: 30_000,
  run: async ({ payload, effect, spent }) => {
    const charge = await effect(
      {
        key: "charge",
        kind: "other",
        max: 1_000_000,
        withinMs: 2_000,
        costOf: () => 1_000,
        settle: payload.forgets ? "reconcile" : "safe_retry",
        ...(!payload.forgets && { dedupeMs: 3_600_000 }),
        reconcile: async ({ idempotencyKey, signal }) => {
          const response = await fetch(`${payload.url}?key=${encodeURIComponent(idempotencyKey)}`, { signal });
          const { charge: found } = answer.parse(await response.json());
          return found === null ? { happened: false } : { happened: true, receipt: found };
        },
      },
      async ({ idempotencyKey }) => {
        const headers = { "idempotency-key": idempotencyKey };
        const response = await fetch(`${payload.url}${payload.forgets ? "?forgets=1" : ""}`, {
          method: "POST",
          headers,
        });
        const { charge: made } = answer.parse(await response.json());
        if (made === null) throw new Error("the provider made no charge");
        return made;
      },
    );
    spent(500);
    return charge;
  },
});
