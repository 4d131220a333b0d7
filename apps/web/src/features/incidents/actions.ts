"use server";
import { resolveIncident, resubmitJob, startBulk, stopBulk } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { parseObject } from "../../server/json-field.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";
import { filterOf } from "./filter.ts";

function verbOf(form: FormData): "release" | "discard" {
  const verb = text(form, "verb");
  if (verb === "release" || verb === "discard") return verb;
  throw new HoldpointError("invalid", "unknown_verb", "This form knows no such button.");
}

/** Starts an operation on all that matched when the page was made; the button says which. */
export async function startBulkAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = { reason: text(form, "reason") };
  let total: number;
  try {
    const given = Object.fromEntries([...form].filter(([, value]) => typeof value === "string")) as Record<
      string,
      string
    >;
    const filter = filterOf({ ...given, reason: text(form, "filter_reason") });
    const request = {
      id: text(form, "id"),
      verb: verbOf(form),
      as_of: text(form, "as_of"),
      filter,
      reason: values.reason,
    };
    ({ total } = await startBulk(await operatorClient(), request));
  } catch (error) {
    return { ...formError(error), values };
  }
  refresh();
  return { done: `Started: ${total} jobs. Each is decided by itself, as you.` };
}

/** Stops an operation under way. */
export async function stopBulkAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    await stopBulk(await operatorClient(), text(form, "id"));
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: "Stopped. What is decided stays decided." };
}

/** Ends the quarantine of what is no job. */
export async function resolveAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = { reason: text(form, "reason") };
  try {
    const request = { incident: text(form, "id"), verb: verbOf(form), reason: values.reason };
    await resolveIncident(await operatorClient(), request);
  } catch (error) {
    return { ...formError(error), values };
  }
  refresh();
  return { done: "Resolved." };
}

/** Edits a failed job: a new one takes its place. */
export async function resubmitAction(_before: FormState, form: FormData): Promise<FormState> {
  const values = { payload: text(form, "payload"), reason: text(form, "reason") };
  let made: string;
  try {
    const request = {
      job: text(form, "job"),
      payload: parseObject(values.payload, "payload"),
      reason: values.reason,
      key: text(form, "key"),
    };
    made = (await resubmitJob(await operatorClient(), request)).id;
  } catch (error) {
    return { ...formError(error), values };
  }
  refresh();
  return {
    done: "Submitted in its place; this one is discarded.",
    to: { href: `/jobs/${made}`, words: "Open the new job" },
  };
}
