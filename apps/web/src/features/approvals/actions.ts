"use server";
import { toHoldpointError } from "@holdpoint/db";
import { decide, decisionVerbs, endStanding, openDetails, readJobDetail } from "@holdpoint/db/people";
import { checkForm, HoldpointError, type FormValues } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import { OPEN, OPENED } from "./open-first.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Records the answer of a card's form. The database decides once, whoever else answers at the same time. */
export async function decideAction(_before: FormState, form: FormData): Promise<FormState> {
  const reason = text(form, "reason").trim();
  try {
    if (text(form, "verb") === OPEN) {
      await openDetails(await operatorClient(), text(form, "job"));
      return { done: OPENED, values: { reason } };
    }
    const verb = decisionVerbs.find((one) => one === text(form, "verb"));
    if (!verb) throw new HoldpointError("invalid", "no_verb", "Choose one of the answers.");
    const planHash = text(form, "plan_hash");
    await decide(await operatorClient(), {
      job: text(form, "job"),
      verb,
      planHash: planHash === "" ? null : planHash,
      seen: planHash === "" ? null : planHash,
      reason,
      typed: text(form, "typed") || null,
      form: verb === "approve" || verb === "release" ? await filledIn(form) : {},
    });
  } catch (error) {
    const { message, remedy, code, reason: why } = toHoldpointError(error);
    // Whoever was first: show what the job is now.
    if (code === "conflict" || code === "not_found") refresh();
    return { error: { message, remedy: remedy ?? null, code, reason: why }, values: { reason } };
  }
  refresh();
  return {};
}

/** Ends a standing approval. */
export async function endStandingAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    await endStanding(await operatorClient(), { id: text(form, "id"), reason: text(form, "reason").trim() });
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: "Ended." };
}

/** The values of the job's form; the first that does not fit is refused by its name. */
async function filledIn(form: FormData): Promise<FormValues> {
  const given: Record<string, string> = {};
  for (const [key, value] of form) {
    if (key.startsWith("form.") && typeof value === "string") given[key.slice("form.".length)] = value;
  }
  if (Object.keys(given).length === 0) return {};
  const { approval_status: status } = await readJobDetail(await operatorClient(), text(form, "job"));
  const { values, problems } = checkForm(status?.form ?? [], given);
  const [problem] = problems;
  if (problem) throw new HoldpointError("invalid", "bad_form", `"${problem.field}" ${problem.message}.`);
  return values;
}
