"use client";
import { label, type Evidence, type Labeled, type EvidenceLabel as Name } from "@holdpoint/policy";
import { useNow } from "../../live/clock.tsx";
import { Time } from "../../live/time.tsx";
import { span } from "../../ui/format.ts";
import { Label } from "../../ui/label.tsx";

/** A label computed from evidence: it falls by itself while you look at it. */
export function EvidenceLabel({ labeled, evidence }: { labeled: Labeled<Name>; evidence: readonly Evidence[] }) {
  const now = useNow();
  const current = evidence.length === 0 ? labeled : label(evidence, now);
  const [decisive] = current.evidence;
  const facts = decisive
    ? ([
        ["Of", decisive.subject],
        ["Seen", <Time key="seen" at={decisive.seenAt} form="ago" />],
        ["By", decisive.source],
        [
          decisive.staleAt > now ? "Stale in" : "Stale since",
          <Time key="stale" at={decisive.staleAt} form={decisive.staleAt > now ? "in" : "day"} />,
        ],
      ] as const)
    : [];
  const age = current.label === "STALE" && current.ageMs !== null ? span(current.ageMs) : undefined;
  return <Label name={current.label} age={age} because={current.because} facts={facts} raisedBy={current.raisedBy} />;
}
