import { parseArgs } from "node:util";
import { LANES, isLane, nearestName } from "@holdpoint/policy";
import type { Lane } from "@holdpoint/policy";

export const HELP = `worker: one process of the Holdpoint fleet.

Usage: pnpm --filter worker start [-- options]

  --lanes LIST   which lanes to serve, e.g. build,eval,recovery (default: HOLDPOINT_LANES, else all)
  --slots N      slots of each lane, or per lane: build=4,eval=2 (default: HOLDPOINT_SLOTS, else 4)
  --name NAME    the worker's name; one process per name and data folder (default: HOLDPOINT_WORKER_NAME, else the host's)
  --help         this text

Environment: DATABASE_URL (role holdpoint_worker), HOLDPOINT_DATABASE_DIRECT_URL, REDIS_URL, HOLDPOINT_DATA_DIR,
HOLDPOINT_ARTIFACTS_DIR, HOLDPOINT_HANDLERS, HOLDPOINT_LOG_LEVEL.

Exit codes: 0 done or drained, 1 failed, 2 usage, 3 configuration, 75 start it again.
`;

/** Slots of each lane that is served. */
export type LaneSlots = Partial<Record<Lane, number>>;

export interface Flags {
  help: boolean;
  lanes: string | undefined;
  slots: string | undefined;
  name: string | undefined;
}

/** Reads the command line. Throws a UsageError that names the nearest valid option. */
export function readFlags(argv: readonly string[]): Flags {
  const known = ["lanes", "slots", "name", "help"];
  for (const arg of argv) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new UsageError(`unknown option --${name}${near === null ? "" : ` (did you mean --${near}?)`}`);
  }
  try {
    const { values } = parseArgs({
      args: argv.filter((arg) => arg !== "--"),
      options: {
        lanes: { type: "string" },
        slots: { type: "string" },
        name: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return { help: values.help ?? false, lanes: values.lanes, slots: values.slots, name: values.name };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const DEFAULT_SLOTS = 4;
const MAX_SLOTS = 2_000;

/** `build,eval` and `8` or `build=8,eval=2` as slots per lane. Throws an Error with one sentence. */
export function parseLaneSlots(lanes: string | undefined, slots: string | undefined): LaneSlots {
  const chosen = (lanes ?? LANES.join(","))
    .split(",")
    .map((lane) => lane.trim())
    .filter((lane) => lane !== "");
  if (chosen.length === 0) throw new Error("lanes: name at least one of " + LANES.join(", "));
  const result: LaneSlots = {};
  for (const lane of chosen) {
    if (!isLane(lane)) {
      const near = nearestName(lane, LANES);
      throw new Error(
        `lanes: there is no lane "${lane}"${near === null ? "" : ` (did you mean ${near}?)`}; lanes are ${LANES.join(", ")}`,
      );
    }
    result[lane] = slotsOf(lane, slots);
  }
  return result;
}

function slotsOf(lane: Lane, slots: string | undefined): number {
  if (slots === undefined) return DEFAULT_SLOTS;
  if (/^\d+$/.test(slots)) return checked(slots);
  for (const part of slots.split(",")) {
    const [name, number] = part.split("=").map((piece) => piece.trim());
    if (name === undefined || number === undefined || !isLane(name)) {
      throw new Error(`slots: "${part}" is not a number and not lane=number`);
    }
    if (name === lane) return checked(number);
  }
  return DEFAULT_SLOTS;
}

function checked(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_SLOTS) throw new Error(`slots: "${text}" is not a whole number from 1 to ${MAX_SLOTS}`);
  return value;
}
