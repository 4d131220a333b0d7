"use client";
import { unstable_rethrow } from "next/navigation";
import { useActionState, useSyncExternalStore } from "react";
import type { FormState } from "./form-state.ts";

type Action = (before: FormState, form: FormData) => Promise<FormState>;

const NOTHING: FormState = {};
const UNREACHED: FormState = {
  error: {
    message: "The server could not be reached, so it is not known whether this was recorded.",
    remedy: "What is shown is read again as soon as it answers.",
    code: "unavailable",
    reason: "unreachable",
  },
};
const never = () => () => undefined;

/**
 * A server action for a form. Before scripts have loaded the form posts to it as it stands; after that a server that
 * can't be reached becomes the form's own error, and the page stays.
 */
export function useFormAction(action: Action): readonly [state: FormState, action: (form: FormData) => void] {
  const [plain, plainAction] = useActionState(action, NOTHING);
  const [guarded, guardedAction] = useActionState(async (before: FormState, form: FormData) => {
    try {
      return await action(before, form);
    } catch (error) {
      unstable_rethrow(error);
      return UNREACHED;
    }
  }, NOTHING);
  const alive = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return [guarded === NOTHING ? plain : guarded, alive ? guardedAction : plainAction];
}
