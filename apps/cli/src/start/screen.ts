import type { Writable } from "node:stream";
import { paintFor } from "../format/style.ts";

/** What a person sees while everything starts: one line a step, with how long it took. */
export interface Screen {
  step<T>(label: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
  print(text: string): void;
}

const WIDTH = 34;

export function createScreen(out: Writable & { isTTY?: boolean }, env: NodeJS.ProcessEnv): Screen {
  const paint = paintFor(out, env);
  // A closed terminal must not end us before everything is stopped.
  out.on("error", () => undefined);
  const print = (text: string): void => void out.write(`${text}\n`);
  return {
    print,
    say: (line) => print(`  ${paint("yellow", "!")} ${line}`),
    async step(label, work) {
      const began = performance.now();
      if (out.isTTY) out.write(`  ${paint("dim", "…")} ${label}`);
      const clear = out.isTTY ? "\r\u001b[2K" : "";
      try {
        const result = await work();
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        print(`${clear}  ${paint("green", "✓")} ${label.padEnd(WIDTH)} ${paint("dim", `${seconds.padStart(5)} s`)}`);
        return result;
      } catch (error) {
        print(`${clear}  ${paint("red", "✗")} ${label}`);
        throw error;
      }
    },
  };
}
