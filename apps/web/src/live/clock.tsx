"use client";
import { createContext, use, useEffect, useSyncExternalStore, type ReactNode } from "react";

/**
 * One clock for the page, in the server's time, ticking once a second. While the page comes to life it stands at the
 * time the server drew it with, so that nothing flickers.
 */
let offset = 0;
let current = 0;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function tick() {
  current = Math.floor((Date.now() + offset) / 1000) * 1000;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Tells the clock what time the server has. */
export function setServerTime(serverNow: number): void {
  offset = serverNow - Date.now();
  tick();
}

const Drawn = createContext(0);

export function ClockProvider({ serverNow, children }: { serverNow: number; children: ReactNode }) {
  useEffect(() => setServerTime(serverNow), [serverNow]);
  return <Drawn value={serverNow}>{children}</Drawn>;
}

/** The server's time in ms, to the second; re-renders each second. */
export function useNow(): number {
  const drawn = use(Drawn);
  return useSyncExternalStore(
    subscribe,
    () => current || drawn,
    () => drawn,
  );
}
