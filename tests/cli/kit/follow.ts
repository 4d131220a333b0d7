import type { CliStack } from "./stack.ts";
import type { CliResult, Printed } from "./run-cli.ts";

export interface Following {
  /** Resolves when standard output (or what `where` says) has this text; fails when the command ends without it. */
  printed(text: string, where?: keyof Printed): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Nobody reads its standard output any more. */
  hangUp(): void;
  /** When the command has ended. */
  result: Promise<CliResult>;
}

/** Starts a command that goes on by itself, to be watched while it does. */
export function startFollowing(stack: CliStack, args: readonly string[], env: Record<string, string> = {}): Following {
  let seen: Printed = { stdout: "", stderr: "" };
  let [kill, hangUp]: [(signal: NodeJS.Signals) => void, () => void] = [() => undefined, () => undefined];
  const waiting = new Set<() => void>();
  const result = stack.as("viewer", args, {
    env,
    onStart(...given) {
      [kill, hangUp] = given;
    },
    onOutput(all) {
      seen = all;
      for (const look of waiting) look();
    },
  });
  return {
    kill: (signal) => kill(signal),
    hangUp: () => hangUp(),
    result,
    async printed(text, where = "stdout") {
      const { promise, resolve } = Promise.withResolvers<true>();
      const look = () => seen[where].includes(text) && resolve(true);
      waiting.add(look);
      look();
      const there = await Promise.race([promise, result.then(() => seen[where].includes(text))]);
      waiting.delete(look);
      if (!there) throw new Error(`ended without ${JSON.stringify(text)} on ${where}:\n${seen.stdout}\n${seen.stderr}`);
    },
  };
}
