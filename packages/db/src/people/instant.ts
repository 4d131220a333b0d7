import { z } from "zod";

/**
 * A time as PostgREST ("2026-11-21T08:24:52.5+00:00") or Lite ("2026-11-21 08:24:52.5+00") writes it.
 * Gives ISO 8601 in UTC with milliseconds.
 */
export const instant = z.string().transform((text, context) => {
  const iso = text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
  if (Number.isNaN(date.getTime())) {
    context.issues.push({ code: "custom", message: "not a time", input: text });
    return z.NEVER;
  }
  return date.toISOString();
});

export const maybeInstant = instant.nullable().default(null);
