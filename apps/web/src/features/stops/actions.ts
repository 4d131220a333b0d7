"use server";
import { toHoldpointError } from "@holdpoint/db";
import { liftStop } from "@holdpoint/db/people";
import { refresh } from "next/cache";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Lifts one stop. The database asks for an admin and the typed word. */
export async function liftStopAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    await liftStop(await operatorClient(), { id: text(form, "id"), confirmation: text(form, "confirmation").trim() });
  } catch (error) {
    const { message, remedy, code, reason } = toHoldpointError(error);
    return { error: { message, remedy: remedy ?? null, code, reason } };
  }
  refresh();
  return { done: "Lifted. Work starts again." };
}
