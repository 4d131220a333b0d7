"use server";
import { toHoldpointError } from "@holdpoint/db";
import { addComment, cancelJob, replayJob, sendSignal } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { parseJson, parseObject } from "../../server/json-field.ts";
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

const taken = (steps: number): string => (steps === 1 ? "1 step was" : `${steps} steps were`);

/** Sends a signal; the form's id is the signal's, so a form that is sent twice sends it once. */
export async function sendSignalAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = { name: text(form, "name").trim(), data: text(form, "data") };
  let done: string;
  try {
    const sent = await sendSignal(await operatorClient(), {
      job: text(form, "job"),
      name: values.name,
      data: parseJson(values.data, "data"),
      id: text(form, "id"),
    });
    done = sent.repeated
      ? "It was sent before; nothing was sent twice."
      : `Sent ${sent.name}. ${sent.woke ? "The job goes on." : "It is in the job’s mailbox."}`;
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done };
}

/** A new job from this one, which stays as it is: for real, or with effects off. */
export async function replayAction(_before: FormState, form: FormData): Promise<FormState> {
  const verb = text(form, "verb");
  const values = { payload: text(form, "payload"), from_step: text(form, "from_step") };
  try {
    if (verb !== "replay" && verb !== "dry") throw new HoldpointError("invalid", "unknown_verb", "Choose a button.");
    const made = await replayJob(await operatorClient(), {
      job: text(form, "job"),
      payload: parseObject(values.payload, "payload"),
      ...(values.from_step === "" ? {} : { from_step: values.from_step }),
      ...(verb === "dry" ? { dry_run: true } : {}),
      key: text(form, "key"),
    });
    refresh();
    const kept = made.from_step === null ? "" : `; ${taken(made.steps)} taken over`;
    return {
      done: `Submitted ${made.dry_run ? "a dry run" : "a replay"}${kept}.`,
      to: { href: `/jobs/${made.id}`, words: "Open the new job" },
    };
  } catch (error) {
    return formError(error, values);
  }
}
