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
