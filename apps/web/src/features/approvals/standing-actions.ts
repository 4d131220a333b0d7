"use server";
import { addStanding, decide, endStanding, openDetails, signStanding } from "@holdpoint/db/people";
import { HoldpointError, parseMoney } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text, utcField } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";
import { exact } from "../../ui/format.ts";
import { filledIn } from "./filled-in.ts";
import { OPEN, OPENED } from "./open-first.ts";

const KEPT = ["until", "max_uses", "cost", "reason"] as const;

/** Approves exactly this plan for jobs to come, and the job itself when it waits and that was ticked. */
export async function addStandingAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = Object.fromEntries(KEPT.map((name) => [name, text(form, name).trim()]));
  const job = text(form, "job");
  const planHash = text(form, "plan_hash");
  const typed = text(form, "typed") || null;
  let done: string;
  try {
    const client = await operatorClient();
    if (text(form, "verb") === OPEN) {
      await openDetails(client, job);
      return { done: OPENED, values };
    }
    const filled = await filledIn(form);
    const made = await addStanding(client, {
      job,
      plan_hash: planHash,
      seen: planHash,
      until: utcField(values["until"] ?? "", "until", "A standing approval has an end: say when."),
      reason: values["reason"] ?? "",
      ...(values["max_uses"] ? { max_uses: wholeNumber(values["max_uses"], "max_uses") } : {}),
      ...(values["cost"] ? { budget_microusd: parseMoney(values["cost"], "cost") } : {}),
      ...(text(form, "only_schedule") === "" ? {} : { only_schedule: true }),
      ...(typed === null ? {} : { typed }),
      ...(Object.keys(filled).length === 0 ? {} : { form: filled }),
    });
    done =
      made.missing > 0
        ? "Signed. A second person must sign it before it stands."
        : `This plan needs nobody until ${exact(made.until)}.`;
    if (text(form, "also") !== "") {
      done += await alsoThis({
        job,
        verb: "approve",
        planHash,
        seen: planHash,
        reason: values["reason"],
        typed,
        form: filled,
      });
    }
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done, to: { href: "/approvals/standing", words: "All standing approvals" } };
}

/** Approves the job itself. The standing approval is made by then, so a refusal is told beside it. */
async function alsoThis(request: Parameters<typeof decide>[1]): Promise<string> {
  try {
    await decide(await operatorClient(), request);
    return " This job is approved too.";
  } catch (error) {
    return ` This job was not approved: ${formError(error).error?.message ?? ""}`;
  }
}

/** The second signature. */
export async function signStandingAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    const typed = text(form, "typed") || null;
    await signStanding(await operatorClient(), { id: text(form, "id"), planHash: text(form, "plan_hash"), typed });
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: "Signed." };
}

/** Ends a standing approval. */
export async function endStandingAction(_before: FormState, form: FormData): Promise<FormState> {
  const reason = text(form, "reason").trim();
  try {
    await endStanding(await operatorClient(), { id: text(form, "id"), reason });
  } catch (error) {
    return formError(error, { reason });
  }
  refresh();
  return { done: "Ended." };
}

function wholeNumber(given: string, field: string): number {
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new HoldpointError("invalid", "bad_field", "How often is a whole number from 1, or nothing.", { field });
}
