"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { liveState, startStream } from "./stream.ts";
import { useLiveState, useStream } from "./use-live.ts";

const SOON_MS = 150;
const AT_MOST_EVERY_MS = 1_000;
/** Heartbeats, progress and queue depths raise no event: they are looked at this often while the page is seen. */
const LOOK_EVERY_MS = 5_000;

/** Keeps the page true: follows the stream and reads the page again when something happened, at most once a second. */
export function Live({ cursor, configured }: { cursor: string | null; configured: boolean }) {
  const router = useRouter();
  const { phase } = useLiveState();
  const refresh = useRef(throttled(() => void refreshIfReachable(() => router.refresh())));
  const [drawnAt] = useState(cursor);
  const first = useRef(true);

  useEffect(() => (configured ? startStream(drawnAt) : undefined), [configured, drawnAt]);
  useStream((message) => {
    if (message.kind === "signed_out") return refresh.current();
    // Another tab reads the stream: what came between drawing this page and hearing of it is not told again.
    const missed = first.current && message.cursor !== drawnAt;
    first.current = false;
    if (missed || message.kind !== "beat") refresh.current();
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refresh.current();
    }, LOOK_EVERY_MS);
    const seen = () => {
      if (document.visibilityState === "visible") refresh.current();
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
  // The stream is back: whatever happened meanwhile is read now.
  useEffect(() => {
    if (phase === "live") refresh.current();
  }, [phase]);
  useEffect(() => {
    document.documentElement.dataset["stream"] = configured ? phase : "off";
  }, [phase, configured]);
  return null;
}

/**
 * A refresh that can't reach the server makes the router leave the page for the browser's own error. So it is asked
 * first, and what is on the screen stays there while nobody answers.
 */
async function refreshIfReachable(refresh: () => void): Promise<void> {
  if (liveState().phase === "cut" || !navigator.onLine) return;
  try {
    await fetch("/api/ping", { cache: "no-store", signal: AbortSignal.timeout(3_000) });
  } catch {
    return;
  }
  refresh();
}

/** Runs soon after the first call and at most once a second; a hidden page waits until it is seen. */
function throttled(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let last = 0;
  return () => {
    if (timer || document.visibilityState === "hidden") return;
    timer = setTimeout(
      () => {
        timer = null;
        last = Date.now();
        run();
      },
      Math.max(SOON_MS, last + AT_MOST_EVERY_MS - Date.now()),
    );
  };
}
