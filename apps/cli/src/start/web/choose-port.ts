import { isPortFree } from "@holdpoint/local";
import type { StateFile } from "@holdpoint/local";
import { HoldpointError } from "@holdpoint/policy";

const FIRST = 3000;
const TRIES = 50;

/**
 * The dashboard's port: the one asked for, else the one of the last start, else the first free one from 3000. It is
 * remembered, so that the address stays.
 * @throws HoldpointError conflict `port_taken`.
 */
export async function chooseWebPort(
  state: StateFile,
  asked: number | undefined,
  say: (line: string) => void,
): Promise<number> {
  if (asked !== undefined && !(await isPortFree(asked))) {
    throw new HoldpointError("conflict", "port_taken", `Port ${asked} is taken by another program.`, {
      field: "port",
      remedy: "Stop that program, or choose another port with --port.",
    });
  }
  const wanted = state.read().ports.web ?? FIRST;
  const port = asked ?? (await firstFree(wanted));
  if (asked === undefined && port !== wanted)
    say(`Port ${wanted} is taken by another program; the dashboard is at ${port}.`);
  state.write({ ports: { ...state.read().ports, web: port } });
  return port;
}

async function firstFree(from: number): Promise<number> {
  for (let port = from; port < from + TRIES; port++) if (await isPortFree(port)) return port;
  throw new HoldpointError("conflict", "port_taken", `Every port from ${from} to ${from + TRIES - 1} is taken.`, {
    field: "port",
    remedy: "Choose one with --port.",
  });
}
