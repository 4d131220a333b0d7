"use server";
import { setRetention } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Sets how long ended jobs and the output of runs are kept; an empty field leaves it as it is. */
export async function setRetentionAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = { months: text(form, "months").trim(), log_days: text(form, "log_days").trim() };
  let done: string;
  try {
    const forEver = text(form, "verb") === "for_ever";
    const months = forEver ? null : whole(values.months, "months");
    const logDays = forEver ? undefined : whole(values.log_days, "log_days");
    if (months === undefined && logDays === undefined) {
      throw new HoldpointError("invalid", "missing_field", "Say what to set: months, days, or both.", {
        field: "months",
      });
    }
    const set = await setRetention(await operatorClient(), {
      ...(months === undefined ? {} : { months }),
      ...(logDays === undefined ? {} : { log_days: logDays }),
      ...(typeof months === "number" ? { confirmation: text(form, "confirmation").trim() } : {}),
    });
    const kept = set.months === null ? "for ever" : `${set.months} months`;
    done = `Ended jobs are kept ${kept}, output of runs ${set.log_days} days.`;
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done };
}

function whole(given: string, field: string): number | undefined {
  if (given === "") return undefined;
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given);
  throw new HoldpointError("invalid", "bad_number", "A whole number from 1 to 1200.", { field });
}
