"use server";
import { activateOperator, deactivateOperator, endOperatorSessions, setOperatorRole } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { refresh } from "next/cache";
import { formError } from "../../server/form-error.ts";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";
import type { FormState } from "../../ui/form-state.ts";

const ROLES = ["viewer", "approver", "admin", "none"] as const;

/** Sets a role, ends sessions, deactivates or activates one operator. The database asks for the admin. */
export async function actOnOperator(_before: FormState, form: FormData): Promise<FormState> {
  const email = text(form, "email");
  let done: string;
  try {
    const client = await operatorClient();
    switch (text(form, "verb")) {
      case "role": {
        const role = ROLES.find((one) => one === text(form, "role"));
        if (role === undefined)
          throw new HoldpointError("invalid", "unknown_role", "Choose a role.", { field: "role" });
        const set = await setOperatorRole(client, { email, venture: text(form, "venture"), role });
        done = `${set.role ?? "No role"} in ${set.venture} from now on.`;
        break;
      }
      case "end-sessions":
        done = `Sessions ended: ${(await endOperatorSessions(client, { email })).sessions_ended}.`;
        break;
      case "deactivate":
        done = `Deactivated; sessions ended: ${(await deactivateOperator(client, { email })).sessions_ended}.`;
        break;
      case "activate":
        await activateOperator(client, { email });
        done = "Active again, with the roles that were kept.";
        break;
      default:
        throw new HoldpointError("invalid", "unknown_verb", "This form knows no such button.");
    }
  } catch (error) {
    return formError(error);
  }
  refresh();
  return { done };
}
