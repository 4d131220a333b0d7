import type { Stop } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { clean } from "./clean.ts";
import { facts, table } from "./table.ts";
import { exactTime, relative } from "./time.ts";

/** The stops in force, each with the runs that have not confirmed. */
export function stopText(stops: readonly Stop[], { paint, clock }: Context): string {
  if (stops.length === 0) return "No stop is engaged.";
  return stops
    .map((stop) => {
      const head = facts([
        ["stop", stop.id],
        ["phase", paint(stop.phase === "STOPPED" ? "red" : "yellow", stop.phase)],
        ["scope", `${stop.scope}${stop.key ? ` ${stop.key}` : ""}`],
        ["reason", clean(stop.reason)],
        ["by", stop.by === null ? null : clean(stop.by)],
        ["since", exactTime(stop.since, clock)],
        ["effective", stop.effective_at ? exactTime(stop.effective_at, clock) : "waiting for calls in flight"],
      ]);
      if (stop.open_runs.length === 0) return head;
      const rows = stop.open_runs.map((run) => [
        run.job_id,
        String(run.run_no),
        run.worker ?? "",
        relative(run.lease_until, clock),
      ]);
      return `${head}\n\n${table(["STILL RUNNING", "RUN", "WORKER", "LEASE ENDS"], rows, [1])}`;
    })
    .join("\n\n");
}
