import { isNodeRuntime } from "./env.ts";

/** Once per process, at its start. */
export async function register(): Promise<void> {
  if (!isNodeRuntime) return;
  const { endStreamsOnSignal } = await import("./server/shutdown.ts");
  endStreamsOnSignal();
}
