"use server";
import { toHoldpointError } from "@holdpoint/db";
import { decide, decisionVerbs, openDetails } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import { filledIn } from "./filled-in.ts";
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
