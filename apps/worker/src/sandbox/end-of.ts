import type { Received } from "./pack.ts";
import type { Supervised } from "./supervise.ts";
import type { SandboxResult, SandboxSpec } from "./types.ts";

/** The one end of a run, from how it was followed, how far its script came, and what was packed. */
export function endOf(supervised: Supervised, progress: string, packed: Received, spec: SandboxSpec): SandboxResult {
  const { stdoutBytes, stderrBytes } = supervised;
  const sizes = { stdoutBytes, stderrBytes, output: null };
  const words = progress.split("\n");
  if (supervised.killed !== null) return { end: "killed", why: supervised.killed, ...sizes };
  if (words.includes("unfit")) {
    const room = `${Math.floor(spec.limits.workBytes / 1024 / 1024)} MiB`;
    return {
      end: "not_started",
      why: "unfit",
      message: `The folder could not be unpacked into the work folder of ${room}.`,
      ...sizes,
    };
  }
  if (!words.includes("unpacked")) {
    return {
      end: "not_started",
      why: "broken",
      message: "The sandbox could not be made; its own words are in the log.",
      ...sizes,
    };
  }
  const exited = words.find((word) => word.startsWith("exited:"));
  const code = exited === undefined ? (supervised.exitCode ?? 137) : Number(exited.slice("exited:".length));
  if (code !== 0 || spec.output === undefined) return { end: "exited", code, ...sizes };
  if (packed !== null && "tooLarge" in packed) {
    const message = `The output is ${packed.tooLarge} bytes large, more than the ${spec.output.maxBytes} allowed.`;
    return { end: "not_packed", message, ...sizes };
  }
  if (packed === null || !words.includes("packed")) {
    return { end: "not_packed", message: `There is no folder ${spec.output.from} that could be packed.`, ...sizes };
  }
  return { end: "exited", code, ...sizes, output: packed };
}
