"use server";
import { toHoldpointError } from "@holdpoint/db";
import { addComment, cancelJob } from "@holdpoint/db/people";
import { refresh } from "next/cache";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Cancels a job, or asks its run to stop. */
export async function cancelJobAction(_before: FormState, form: FormData): Promise<FormState> {
  const reason = text(form, "reason");
  try {
    await cancelJob(await operatorClient(), { job: text(form, "job"), reason });
  } catch (error) {
    const { message, remedy, code, reason: why } = toHoldpointError(error);
    if (code === "conflict") refresh();
    return { error: { message, remedy: remedy ?? null, code, reason: why }, values: { reason } };
  }
  refresh();
  return { done: "Asked." };
}

/** Adds to a job's thread. */
export async function commentAction(_before: FormState, form: FormData): Promise<FormState> {
  const said = text(form, "text");
  try {
    await addComment(await operatorClient(), { job: text(form, "job"), text: said });
  } catch (error) {
    const { message, remedy, code, reason: why } = toHoldpointError(error);
    return { error: { message, remedy: remedy ?? null, code, reason: why }, values: { text: said } };
  }
  refresh();
  return { done: "Said." };
}
