"use server";
import { setFleetLimits, setLimit } from "@holdpoint/db/people";
import { HoldpointError, parseDuration } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";
import { OF_FLEET, TARGETS } from "./targets.ts";
import { amountWords, limitWords } from "./words.ts";

/** Sets a limit, or removes it; holds from the answer on. */
export async function setLimitAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = Object.fromEntries(["target", "key", "max", "period"].map((name) => [name, text(form, name).trim()]));
  let done: string;
  try {
    done = await change(values, text(form, "verb") === "remove");
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done };
}

async function change(values: Record<string, string>, remove: boolean): Promise<string> {
  const client = await operatorClient();
  const ofFleet = OF_FLEET.find((one) => one.target === values["target"]);
  if (ofFleet !== undefined) {
    if (remove) {
      throw new HoldpointError("invalid", "always_limited", "There is always such a number: set another.", {
        field: "target",
      });
    }
    const set = await setFleetLimits(client, { [ofFleet.field]: wholeNumber(values["max"] ?? "") });
    return ofFleet.said(set);
  }
  const found = TARGETS.find((one) => one.target === values["target"]);
  if (found === undefined) throw new HoldpointError("invalid", "bad_field", "Choose which limit.", { field: "target" });
  const { scope, kind } = found;
  const max = remove ? null : wholeNumber(values["max"] ?? "");
  const rate = kind === "rate" && !remove ? { per_ms: parseDuration(values["period"] ?? "", "period") } : {};
  const set = await setLimit(client, { scope, kind, key: values["key"] ?? "", max, ...rate });
  const was = set.was === null ? "" : ` It was ${set.was}.`;
  return set.max === null ? `${limitWords(set)}: removed.${was}` : `${limitWords(set)}: ${amountWords(set)}.${was}`;
}

function wholeNumber(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new HoldpointError("invalid", "bad_field", "How many is a whole number.", { field: "max" });
}
