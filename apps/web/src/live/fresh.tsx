"use client";
import { clock } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { useNow } from "./clock.tsx";
import { useLiveState } from "./use-live.ts";

/** How old what you see is: a number, on every page. */
export function Fresh({ drawnAt, configured }: { drawnAt: number; configured: boolean }) {
  const now = useNow();
  const live = useLiveState();
  if (!configured) {
    return (
      <span
        className="fresh"
        data-state="off"
        title="HOLDPOINT_WEB_DATABASE_URL is not set: this page does not update by itself."
      >
        <Icon name="unplug" />
        <span className="cut">No stream, read {clock(drawnAt)}</span>
      </span>
    );
  }
  if (live.phase === "connecting") {
    return (
      <span className="fresh" data-state="off">
        <Icon name="radio" />
        <span className="cut">Read {clock(drawnAt)}</span>
      </span>
    );
  }
  if (live.phase === "cut") {
    return (
      <span className="fresh" data-state="cut" role="status">
        <Icon name="wifi-off" />
        <span className="cut">Cut off {clock(live.cut?.at ?? now)}</span>
      </span>
    );
  }
  const seconds = ((live.behindMs + Math.max(0, Date.now() - live.heardAt)) / 1000).toFixed(1);
  return (
    <span className="fresh" data-state={live.phase}>
      <Icon name="radio" />
      <span className="cut">
        Live, <span className="num">{seconds} s</span> behind
      </span>
    </span>
  );
}

/** Across the page while the stream is cut: since when, and how old what is shown is. */
export function CutBanner() {
  const { cut } = useLiveState();
  if (!cut) return null;
  return (
    <p className="cutline" role="status">
      <Icon name="wifi-off" small />
      <span>
        Stream cut off {clock(cut.at)}. You see {clock(cut.seen)}. Labels keep ageing; actions ask the server first.
      </span>
    </p>
  );
}
