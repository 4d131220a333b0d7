"use server";
import { capPeriods, clearOverrun, overrideCap, setCap } from "@holdpoint/db/people";
import { HoldpointError, parseMoney } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text, utcField } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import { exact, money } from "../../ui/format.ts";
import type { FormState } from "../../ui/form-state.ts";

const FIELDS = ["venture", "period", "cap_microusd", "threshold_microusd", "until"] as const;

/** Sets a cap, or overrides one until a time; which of the two is the button that was pressed. */
export async function changeCap(_before: FormState, form: FormData): Promise<FormState> {
  const values = Object.fromEntries(FIELDS.map((field) => [field, text(form, field).trim()]));
  let done: string;
  try {
    done = text(form, "verb") === "override" ? await overrideUntil(values) : await set(values);
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done };
}

/** Ends an override now; else it falls back by itself. */
export async function endOverride(_before: FormState, form: FormData): Promise<FormState> {
  let left: number;
  try {
    const target = targetOf({ venture: text(form, "venture"), period: text(form, "period") });
    left = (await overrideCap(await operatorClient(), { ...target, end: true })).cap_microusd;
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: `${money(left)} again.` };
}

/** Lets a venture's paid work start again after it cost more than was set aside. */
export async function clearOverrunAction(_before: FormState, form: FormData): Promise<FormState> {
  const reason = text(form, "reason");
  try {
    await clearOverrun(await operatorClient(), { venture: text(form, "venture"), reason });
  } catch (error) {
    return formError(error, { reason });
  }
  refresh();
  return { done: "Paid work may start again." };
}

type Values = Record<string, string>;

async function set(values: Values): Promise<string> {
  const threshold = values["threshold_microusd"] ?? "";
  const cap = await setCap(await operatorClient(), {
    ...targetOf(values),
    cap_microusd: amountOf(values, "cap_microusd"),
    ...(threshold !== "" && { threshold_microusd: amountOf(values, "threshold_microusd") }),
  });
  const was = cap.was_microusd === null ? "" : ` It was ${money(cap.was_microusd)}.`;
  const asks = cap.threshold_microusd === null ? "" : ` Past ${money(cap.threshold_microusd)} a person is asked.`;
  return `${nameOf(cap)}: ${money(cap.cap_microusd)} from now on.${was}${asks}`;
}

async function overrideUntil(values: Values): Promise<string> {
  const cap = await overrideCap(await operatorClient(), {
    ...targetOf(values),
    cap_microusd: amountOf(values, "cap_microusd"),
    until: utcField(values["until"] ?? "", "until", "An override always ends: say when."),
  });
  return `${nameOf(cap)}: ${money(cap.cap_microusd)} until ${exact(cap.until ?? "")}, then ${money(cap.base_microusd)} again.`;
}

function targetOf({ venture, period }: Values): { venture?: string; period: "day" | "week" } {
  const found = capPeriods.find((one) => one === period);
  if (found === undefined)
    throw new HoldpointError("invalid", "bad_field", "Choose a day or a week.", { field: "period" });
  return venture ? { venture, period: found } : { period: found };
}

function amountOf(values: Values, field: "cap_microusd" | "threshold_microusd"): number {
  const given = values[field] ?? "";
  if (given === "") throw new HoldpointError("invalid", "missing_field", "Give an amount in dollars.", { field });
  return parseMoney(given, field);
}

function nameOf({ venture, period }: { venture: string | null; period: string }): string {
  return `${venture ?? "The whole fleet"}, a ${period}`;
}
