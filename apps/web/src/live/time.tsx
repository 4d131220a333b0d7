"use client";
import { clock, clockOrDay, exact, roughly, span } from "../ui/format.ts";
import { useNow } from "./clock.tsx";

/** A time with its exact instant under the pointer; `form` says how it is put. Ages and countdowns go on by themselves. */
export function Time({ at, form }: { at: string | number; form: "ago" | "in" | "elapsed" | "clock" | "day" | "age" }) {
  const now = useNow();
  const ms = new Date(at).getTime();
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={exact(at)} tabIndex={-1}>
      {words(form, ms, now)}
    </time>
  );
}

function words(form: Parameters<typeof Time>[0]["form"], ms: number, now: number): string {
  if (form === "ago") return now - ms < 1000 ? "just now" : `${span(now - ms)} ago`;
  if (form === "in") return ms <= now ? "now" : roughly(ms - now);
  if (form === "elapsed" || form === "age") return span(now - ms);
  if (form === "clock") return clock(ms);
  return clockOrDay(ms, now);
}

const SOON_MS = 60 * 60_000;

/** The time left to decide: coloured once it is the number that matters. */
export function Expiry({ at }: { at: string }) {
  const left = Date.parse(at) - useNow();
  return (
    <span className={left < SOON_MS ? "amber med" : undefined}>
      <Time at={at} form="in" />
    </span>
  );
}
