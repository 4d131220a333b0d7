/** Run by a user without rights: prints what the probe found and what two commands in the sandbox said. */
import { probeIsolation } from "../index.ts";
import { runIn } from "./run-in.ts";

const isolation = await probeIsolation({ hidden: [] });
const bomb = await runIn(isolation.provider, "b() { b | b & }; b; sleep 30", {
  limits: { timeoutMs: 1500, processes: 30 },
});
const hello = await runIn(
  isolation.provider,
  "id -u; cat /proc/*/environ | tr '\\0' '\\n' | grep -c SECRET; node -p 1+1",
);
process.stdout.write(
  JSON.stringify({ name: isolation.name, isolated: isolation.isolated, bomb: bomb.result.end, hello: hello.stdout }),
);
