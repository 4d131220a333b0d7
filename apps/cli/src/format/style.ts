import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it alone: only a terminal that did not ask for NO_COLOR gets colours. */
export type Paint = (format: Format, text: string) => string;

export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const wanted = stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return wanted ? (format, text) => styleText(format, text, { validateStream: false }) : (_format, text) => text;
}

const STATE_FORMATS: Record<string, Format> = {
  running: "green",
  succeeded: "green",
  held: "magenta",
  dead: "red",
  quarantined: "red",
  refused: "yellow",
  rejected: "yellow",
  expired: "yellow",
};

/** A job state or a label in its colour; the word always says it too. */
export function paintState(paint: Paint, state: string): string {
  const format = STATE_FORMATS[state];
  return format ? paint(format, state) : state;
}
