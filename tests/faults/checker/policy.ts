import { z } from "zod";
import type { History, RecordedEvent, Violation } from "./history.ts";

const admitted = z.object({ data: z.object({ policy: z.int() }) });
const activated = z.object({ data: z.object({ version: z.int() }) });

/** Nothing starts for the first time by the decision of a policy that was not in force any more when it was claimed. */
export function checkPolicies(history: History): Violation[] {
  const activations = history.ventureEvents
    .filter((event) => event.type === "policy.activated")
    .map((event) => ({ at: event.at, version: activated.parse(JSON.parse(event.body)).data.version }));
  return [...byStream(history.jobEvents)].flatMap(([stream, events]) => {
    const start = events.find((event) => event.type === "running");
    if (start === undefined) return [];
    const by =
      events
        .filter((event) => event.seq < start.seq)
        .flatMap(policyOf)
        .at(-1) ?? 0;
    const inForce = Math.max(1, ...activations.filter(({ at }) => at < start.at).map(({ version }) => version));
    if (by >= inForce) return [];
    const finding = `started by a decision of policy ${by} while ${inForce} was in force`;
    return [{ rule: "policies", subject: stream, finding }];
  });
}

function policyOf(event: RecordedEvent): number[] {
  if (event.type !== "queued" && event.type !== "held") return [];
  const read = admitted.safeParse(JSON.parse(event.body));
  return read.success ? [read.data.data.policy] : [];
}

function byStream(events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  return streams;
}
