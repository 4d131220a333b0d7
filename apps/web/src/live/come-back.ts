"use client";
import { useEffect } from "react";

const EVERY_MS = 2_000;
const MARK = "holdpoint.came-back";
const NOT_AGAIN_MS = 30_000;

/**
 * After a connection that broke in the middle of a read: loads the page again as soon as the server answers, but not
 * twice in half a minute, so that a real fault does not spin.
 */
export function useComeBack(broken: boolean): void {
  useEffect(() => {
    if (!broken || Date.now() - Number(sessionStorage.getItem(MARK) ?? 0) < NOT_AGAIN_MS) return;
    const timer = setInterval(() => {
      fetch("/api/ping", { cache: "no-store" }).then(
        () => {
          sessionStorage.setItem(MARK, String(Date.now()));
          location.reload();
        },
        () => undefined,
      );
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [broken]);
}

/** Errors of this browser's connection; those of the server carry a digest. */
export function isConnectionError(error: Error & { digest?: string }): boolean {
  return error.digest === undefined && /network|fetch|connection|load failed/i.test(error.message);
}
