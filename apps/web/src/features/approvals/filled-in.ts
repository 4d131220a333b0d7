import "server-only";
import { readJobDetail } from "@holdpoint/db/people";
import { checkForm, HoldpointError, type FormValues } from "@holdpoint/policy";
import { text } from "../../server/form.ts";
import { operatorClient } from "../../server/supabase.ts";

/** The values of the job's form; the first that does not fit is refused by its name. */
export async function filledIn(form: FormData): Promise<FormValues> {
  const given: Record<string, string> = {};
  for (const [key, value] of form) {
    if (key.startsWith("form.") && typeof value === "string") given[key.slice("form.".length)] = value;
  }
  if (Object.keys(given).length === 0) return {};
  const { approval_status: status } = await readJobDetail(await operatorClient(), text(form, "job"));
  const { values, problems } = checkForm(status?.form ?? [], given);
  const [problem] = problems;
  if (problem) throw new HoldpointError("invalid", "bad_form", `"${problem.field}" ${problem.message}.`);
  return values;
}
