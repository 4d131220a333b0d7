"use client";
import { useCallback, useEffect, useState } from "react";
import { useNow } from "../../live/clock.tsx";
import { useLiveState } from "../../live/use-live.ts";
import { span } from "../../ui/format.ts";

interface Checked {
  /** What to say while the stream is cut; null while it is not. */
  note: string | null;
  /** Why both answers are locked; null: they are not. */
  lockedBecause: string | null;
  again: () => void;
}

type Answer =
  | { kind: "none" }
  | { kind: "same"; at: number }
  | { kind: "changed" }
  | { kind: "unreachable"; since: number };

/** While the stream is cut, the card asks by plain requests whether its plan still stands, and locks when nobody answers. */
export function useCheckedPlan(jobId: string, planHash: string | null): Checked {
  const { phase } = useLiveState();
  const now = useNow();
  const [answer, setAnswer] = useState<Answer>({ kind: "none" });
  const cut = phase === "cut";

  const again = useCallback(() => {
    void ask(jobId).then((found) =>
      setAnswer((before) => {
        if (found === null) return before.kind === "unreachable" ? before : { kind: "unreachable", since: Date.now() };
        return found.plan_hash === planHash ? { kind: "same", at: Date.now() } : { kind: "changed" };
      }),
    );
  }, [jobId, planHash]);

  useEffect(() => {
    if (!cut) return setAnswer({ kind: "none" });
    again();
    const timer = setInterval(again, 5_000);
    return () => clearInterval(timer);
  }, [cut, again]);

  if (!cut) return { note: null, lockedBecause: null, again };
  switch (answer.kind) {
    case "none":
      return { note: "Stream cut off. Asking the server.", lockedBecause: "not checked yet", again };
    case "same":
      return {
        note: `Stream cut off. Plan checked ${span(Math.max(0, now - answer.at))} ago.`,
        lockedBecause: null,
        again,
      };
    case "changed":
      return { note: "This plan has changed. Reload the page.", lockedBecause: "changed", again };
    case "unreachable":
      return {
        note: `Server not reached for ${span(Math.max(0, now - answer.since))}.`,
        lockedBecause: "unreachable",
        again,
      };
  }
}

async function ask(jobId: string): Promise<{ plan_hash: string | null } | null> {
  try {
    const response = await fetch(`/api/jobs/${jobId}/plan`, { signal: AbortSignal.timeout(4_000) });
    if (!response.ok) return null;
    const answer: { plan_hash: string | null } = await response.json();
    return answer;
  } catch {
    return null;
  }
}
