// The program of the Lite host: a process of its own, so that what it prints can be redacted, and so that a hanging
// connection is mended by starting it again. Its configuration comes over the channel from its parent: an environment
// can be read by whatever runs as the same user.
import { serveLite } from "./server.ts";
import type { LiteConfig, LiteServer } from "./server.ts";

export type HostMessage = { ready: { port: number } } | { failed: string };

let server: LiteServer | undefined;

process.once("message", (config: LiteConfig) => {
  serveLite(config).then(
    (started) => {
      server = started;
      tell({ ready: { port: started.port } });
    },
    (error: unknown) => {
      tell({ failed: error instanceof Error ? error.message : String(error) });
      process.exitCode = 1;
      process.disconnect();
    },
  );
});

process.on("SIGHUP", () => void server?.reload());
process.once("SIGTERM", () => void leave());
// Without its parent nobody would ever stop it.
process.once("disconnect", () => void leave());

function tell(message: HostMessage): void {
  process.send?.(message);
}

async function leave(): Promise<void> {
  const patience = setTimeout(() => process.exit(1), 3000);
  await server?.close();
  clearTimeout(patience);
  process.exit(process.exitCode ?? 0);
}
