import { Label } from "../../ui/label.tsx";
import type { ModeView } from "./queries.ts";

/** The mode of the installation: computed, never set by hand; opens to why. */
export function ModeLabel({ mode }: { mode: ModeView }) {
  const stopping = mode.stops.find((stop) => stop.scope === "everything" && stop.phase === "STOPPING");
  const name = stopping ? "STOPPED" : mode.label;
  const word = stopping
    ? "STOPPING"
    : mode.mode === "READINESS ONLY"
      ? "NOT RUNNING"
      : mode.mode === "LOCAL"
        ? "RUNNING"
        : mode.mode;
  return (
    <Label
      name={name}
      word={word}
      underWay={stopping !== undefined}
      because={mode.sentence || "The mode could not be computed from what could be read."}
      facts={[
        ["Workers", `${mode.liveWorkers} of ${mode.workers} with a fresh heartbeat and lanes that go round`],
        ["Mode", mode.mode],
      ]}
      raisedBy={RAISED_BY[mode.mode] ?? "A worker that is heard from."}
    />
  );
}

const RAISED_BY: Readonly<Partial<Record<ModeView["mode"], string>>> = {
  RUNNING: "Nothing: it is as good as it gets, while heartbeats keep coming.",
  LOCAL: "Nothing: it is as good as it gets, while heartbeats keep coming.",
  STOPPED: "An admin lifts the stop.",
  PAUSED: "Resuming it.",
  UNKNOWN: "A database that answers.",
};
