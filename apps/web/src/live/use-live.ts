"use client";
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { liveState, onLiveState, onMessage, type LiveState } from "./stream.ts";
import type { StreamMessage } from "./protocol.ts";

const BEFORE: LiveState = { phase: "connecting", behindMs: 0, heardAt: 0, cut: null };

export function useLiveState(): LiveState {
  return useSyncExternalStore(onLiveState, liveState, () => BEFORE);
}

/** Calls back for each message of the stream while the component is shown. */
export function useStream(listener: (message: StreamMessage) => void): void {
  const latest = useEffectEvent(listener);
  useEffect(() => onMessage((message) => latest(message)), []);
}
