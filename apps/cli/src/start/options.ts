import path from "node:path";
import { isLane, LANES, HoldpointError } from "@holdpoint/policy";
import type { Lane } from "@holdpoint/policy";

/** What was typed after `start`, as commander hands it over. */
export interface RawOptions {
  port?: string;
  dataDir?: string;
  web: boolean;
  lanes?: string;
  dev?: boolean;
}

export interface StartOptions {
  /** The dashboard's port when one was asked for. */
  port: number | undefined;
  /** Absolute. */
  dataDir: string;
  web: boolean;
  lanes: Lane[];
  dev: boolean;
}

/** Checks the options. @throws HoldpointError invalid `bad_option`, or conflict `hosted_environment`. */
export function parseOptions(raw: RawOptions, env: NodeJS.ProcessEnv, cwd: string): StartOptions {
  const configured = ["SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL", "DATABASE_URL"].filter((name) => env[name]);
  if (configured.length > 0) {
    throw new HoldpointError(
      "conflict",
      "hosted_environment",
      `${configured.join(" and ")} is set, and npm start runs everything on this machine.`,
      {
        remedy: "Unset it, or run the parts against that database: `pnpm --filter worker start` and the dashboard.",
      },
    );
  }
  return {
    port: raw.port === undefined ? undefined : parsePort(raw.port),
    dataDir: path.resolve(cwd, raw.dataDir ?? (env["HOLDPOINT_DATA_DIR"] || ".holdpoint")),
    web: raw.web,
    lanes: parseLanes(raw.lanes ?? (env["HOLDPOINT_LANES"] || undefined)),
    dev: raw.dev ?? false,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw badOption("port", `"${text}" is not a port: a number from 1 to 65535.`);
}

function parseLanes(text: string | undefined): Lane[] {
  if (text === undefined) return [...LANES];
  return text.split(",").map((part) => {
    const lane = part.trim();
    if (!isLane(lane)) throw badOption("lanes", `"${lane}" is not a lane; there are ${LANES.join(", ")}.`);
    return lane;
  });
}

function badOption(field: string, message: string): HoldpointError {
  return new HoldpointError("invalid", "bad_option", message, { field });
}
