import { HoldpointError } from "@holdpoint/policy";
import { readFleet } from "../core/fleet.ts";
import { check, type Checker } from "./check.ts";

/** Workers are heard from, and isolate the commands of ventures. */
export const checkFleet: Checker = async (context) => {
  try {
    const { workers } = await readFleet(await context.client());
    const live = workers.filter((worker) => worker.label === "LIVE");
    const standby = workers.filter((worker) => worker.standby).length;
    const atWork = `${live.length} of ${workers.length} at work${standby > 0 ? `, ${standby} STANDBY` : ""}.`;
    if (live.length === 0) {
      const heard = workers[0] ? ` ${workers[0].because}` : "";
      return [
        check("workers", "fail", `NOT RUNNING: no worker is at work.${heard}`, "Start one: pnpm --filter worker start"),
      ];
    }
    // Only the build lane runs commands of ventures; on a server the other lanes are closed to namespaces.
    const builders = live.filter((worker) => worker.lanes.includes("build"));
    const open = builders.filter((worker) => worker.isolation === "none" || worker.isolation === "unknown");
    if (builders.length === 0) {
      return [
        check("workers", "pass", atWork),
        check("isolation", "warn", "No live worker serves the build lane.", "Start one with --lanes build"),
      ];
    }
    return [
      check("workers", "pass", atWork),
      open.length === 0
        ? check(
            "isolation",
            "pass",
            `Commands run under ${[...new Set(builders.map((worker) => worker.isolation))].join(", ")}.`,
          )
        : check(
            "isolation",
            "warn",
            "NOT ISOLATED: only trusted ventures may build.",
            "Install bubblewrap on the worker's machine.",
          ),
    ];
  } catch (error) {
    const why = error instanceof HoldpointError ? error.message : "the workers could not be read.";
    return [check("workers", "skip", `Not looked at: ${why}`)];
  }
};
