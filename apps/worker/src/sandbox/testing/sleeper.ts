/** A worker in small: runs a command that sleeps as long as the argument says, until somebody kills this process. */
import { probeIsolation } from "../index.ts";
import { runIn } from "./run-in.ts";

const { provider } = await probeIsolation({ hidden: [] });
await runIn(provider, `sleep ${process.argv[2]}`, { limits: { timeoutMs: 600_000 } });
