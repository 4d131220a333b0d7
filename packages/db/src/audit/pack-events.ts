import { z } from "zod";

const eventBody = z.object({
  v: z.literal(1),
  stream: z.string(),
  seq: z.int(),
  type: z.string(),
  at: z.int(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  run: z.int().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type PackEvent = z.output<typeof eventBody>;

/** An event from its stored bytes; null when they are no event. */
export function readEvent(body: string): PackEvent | null {
  try {
    return eventBody.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}

/** A field of an event's data as text, or null. */
export function textOf(event: PackEvent, name: string): string | null {
  const value = event.data[name];
  return typeof value === "string" ? value : null;
}

/** A field of an event's data as a whole number; 0 when it has none. */
export function amountOf(event: PackEvent, name: string): number {
  const value = event.data[name];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}

/** The event that ended a run says how. */
export function endsRun(event: PackEvent): boolean {
  return event.run !== null && typeof event.data["outcome"] === "string" && event.type !== "late_result";
}

export function textsOf(event: PackEvent, name: string): string[] {
  const value = event.data[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The decision of policy about the job, or about it anew: it names the plan in force. */
export function isAdmission(event: PackEvent): boolean {
  return ["queued", "held", "refused"].includes(event.type) && textOf(event, "plan") !== null && event.run === null;
}
