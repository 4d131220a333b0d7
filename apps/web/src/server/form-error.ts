import "server-only";
import { toHoldpointError } from "@holdpoint/db";
import type { FormState } from "../ui/form-state.ts";

/** A refused call as the form's own error, its values kept to be shown again. */
export function formError(error: unknown, values?: Record<string, string>): FormState {
  const { message, remedy, code, reason, field } = toHoldpointError(error);
  return { error: { message, remedy: remedy ?? null, code, reason, field }, values };
}
