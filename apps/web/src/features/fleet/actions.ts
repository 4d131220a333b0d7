"use server";
import { drainWorker, killWorker, undrainWorker } from "@holdpoint/db/people";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Drains, undrains or kills one worker process, by its id. The database asks for the role and for the typed word. */
export async function actOnWorker(_before: FormState, form: FormData): Promise<FormState> {
  const worker = text(form, "worker");
  const reason = text(form, "reason").trim();
  let done: string;
  try {
    const client = await operatorClient();
    const verb = text(form, "verb");
    if (verb === "kill") {
      const confirmation = text(form, "confirmation").trim();
      const killed = await killWorker(client, { worker, reason, confirmation });
      done = `Killed. Runs that it still holds: ${killed.open_count}.`;
    } else if (verb === "undrain") {
      const { standby } = await undrainWorker(client, { worker });
      done = standby ? "It stands by: its place was given away." : "It takes work again.";
    } else {
      const drained = await drainWorker(client, { worker, reason: reason === "" ? null : reason });
      done = `It drains. Runs that it finishes first: ${drained.open_count}.`;
    }
  } catch (error) {
    return formError(error, { reason });
  }
  refresh();
  return { done };
}
