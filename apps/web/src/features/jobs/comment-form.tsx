"use client";
import { FormError, Submit } from "../../ui/form.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { commentAction } from "./actions.ts";

/** Adds to the thread of a job. */
export function CommentForm({ jobId }: { jobId: string }) {
  const [state, action] = useFormAction(commentAction);
  return (
    <form action={action} className="stack tight">
      <input type="hidden" name="job" value={jobId} />
      <textarea
        className="input"
        name="text"
        required
        maxLength={4000}
        rows={2}
        defaultValue={state.values?.["text"]}
        aria-label="Comment"
        placeholder="Say something about this job"
      />
      <FormError state={state} />
      <div>
        <Submit>Comment</Submit>
      </div>
    </form>
  );
}
