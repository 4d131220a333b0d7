"use server";
import {
  confirmStop,
  engageStop,
  liftStop,
  pauseScopes,
  pauseWork,
  resumeWork,
  stopScopes,
} from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

/** Lifts one stop. The database asks for an admin and the typed word. */
export async function liftStopAction(_before: FormState, form: FormData): Promise<FormState> {
  let others: number;
  try {
    const given = { id: text(form, "id"), confirmation: text(form, "confirmation").trim() };
    others = await liftStop(await operatorClient(), given);
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: others === 0 ? "Lifted. No other stop is in force." : `Lifted. Other stops in force: ${others}.` };
}

/** Stops or pauses one part of the work; which of the two is the button that was pressed. */
export async function actOnPart(_before: FormState, form: FormData): Promise<FormState> {
  const values = { scope: text(form, "scope"), key: text(form, "key").trim(), reason: text(form, "reason") };
  const key = ["paid", "effects"].includes(values.scope) ? "" : values.key;
  const name = `${values.scope} ${key}`.trim();
  let done: string;
  try {
    const client = await operatorClient();
    if (text(form, "verb") === "stop") {
      const scope = oneOf(stopScopes, values.scope);
      const { id, same } = await engageStop(client, { scope, key, reason: values.reason });
      // The stop holds already; the janitor repeats the confirmation when this one fails.
      await confirmStop(client, id).catch(() => undefined);
      done = `A stop of ${name} is in force; it says STOPPED when all of it has ended.${same.length > 0 ? ` ${same.length} of the same ${same.length === 1 ? "was" : "were"} in force already.` : ""}`;
    } else {
      await pauseWork(client, { scope: oneOf(pauseScopes, values.scope), key, reason: values.reason });
      done = `Paused: ${name}. What runs goes on.`;
    }
  } catch (error) {
    return formError(error, values);
  }
  refresh();
  return { done };
}

/** Resumes what was paused. */
export async function resumeAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    const scope = oneOf(pauseScopes, text(form, "scope"));
    await resumeWork(await operatorClient(), { scope, key: text(form, "key") });
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done: "Resumed." };
}

function oneOf<T extends string>(scopes: readonly T[], given: string): T {
  const found = scopes.find((scope) => scope === given);
  if (found === undefined) {
    throw new HoldpointError("invalid", "unknown_scope", `"${given}" can't be paused; it can only be stopped.`, {
      field: "scope",
      remedy: `One of: ${scopes.join(", ")}.`,
    });
  }
  return found;
}
