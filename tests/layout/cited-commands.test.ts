import { describe, expect, it } from "vitest";
import { createProgram } from "../../apps/cli/src/program.ts";
import { filesEnding, read } from "./files.ts";

type Command = ReturnType<typeof createProgram>;

const pages = await filesEnding(".md");

/** The commands below one, itself included. */
function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

/** The words of a line of the shell: quotes and angle brackets keep words together, brackets of a synopsis are left out. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|<[^>]*>|[^\s"'<])+/g) ?? [];
  return words.map((word) => word.replaceAll(/["'[\]]/g, "")).filter((word) => word !== "");
}

/**
 * Why `holdpoint <text>` is not what the program's own parser takes, or null. Only a command's name is a mention of it;
 * with anything behind it, it must be whole: its arguments and the options without which it is refused.
 */
function complaint(text: string): string | null {
  const program = createProgram();
  let reached: Command | null = null;
  for (const command of all(program)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => void (reached = command));
  }
  const partly = /(^| )…( |$)/.test(text);
  const words = wordsOf(text.replace(/(^| )…(?= |$)/g, ""));
  const named = names(program, words);
  if (typeof named === "string") return `${named} in "${text}"`;
  if (named.rest.length === 0 || named.rest.includes("--help") || text.startsWith("…")) return null;
  try {
    program.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "commander.version") return null;
    if (partly && /missing/.test(error.message)) return null;
    return `${error.message.split("\n")[0]} in "${text}"`;
  }
  if (partly) return null;
  const missing = missingOption(reached);
  return missing === null ? null : `no ${missing} in "${text}"`;
}

/** How far the words name commands, and what comes after; or what there is not. */
function names(program: Command, words: readonly string[]): { rest: readonly string[] } | string {
  let command = program;
  let at = 0;
  for (; words[at] !== undefined && command.commands.length > 0; at++) {
    const next = command.commands.find((one) => one.name() === words[at] || one.aliases().includes(words[at] ?? ""));
    if (!next) break;
    command = next;
  }
  const word = words[at];
  if (command.commands.length > 0 && word !== undefined && /^[a-z][a-z-]*$/.test(word)) return `no command ${word}`;
  return { rest: words.slice(at) };
}

/** An option without which the command is refused says so in its description. */
function missingOption(command: Command | null): string | null {
  const required = command?.options.filter((option) => option.description.endsWith("(required)")) ?? [];
  return required.find((option) => command?.getOptionValue(option.attributeName()) === undefined)?.long ?? null;
}

/** Commands in code style and in code blocks: up to the end of the code, of the line, or a shell operator. */
function commands(page: string): string[] {
  const whole = page.replaceAll(/\\\n\s*/g, " ");
  const code = [
    ...whole.matchAll(/`(?:npx )?holdpoint ([^`\n]*)/g),
    ...whole.matchAll(/^\s*(?:\$ )?(?:npx )?holdpoint (.*)$/gm),
  ];
  return code.map((match) => (match[1] ?? "").split(/\s[|&>#;](?:\s|$)|…$| {3,}/)[0] ?? "");
}

/** Options in a row of a table whose first cell is a command, and which that command does not have. */
function strangeOptions(page: string): string[] {
  return page.split("\n").flatMap((row) => {
    const cited = /^\| `(?:npx )?holdpoint ([^`]*)`/.exec(row)?.[1];
    if (cited === undefined) return [];
    const words = wordsOf(cited).filter((word) => /^[a-z][a-z-]*$/.test(word));
    let command: Command = createProgram();
    for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
    const known = new Set(all(command).flatMap((one) => one.options.map((option) => option.long)));
    const named = [...row.matchAll(/`(--[a-z][a-z-]*)/g)].map((match) => match[1] ?? "");
    return named.filter((option) => !known.has(option) && option !== "--help").map((option) => `${cited}: ${option}`);
  });
}

const manifest: unknown = JSON.parse(await read("package.json"));
const scripts = Object.keys((manifest as { scripts: object }).scripts);
const PNPM_ITSELF = ["approve", "deploy", "exec", "install", "run"];

/** `pnpm x` and `npm run x` in code style and in code blocks that name no script of the root. */
function unknownScripts(page: string): string[] {
  const cited = [...page.matchAll(/(?:`|^\s+)(?:p?npm run|pnpm) ([a-z][\w:-]*)/gm)].map((match) => match[1] ?? "");
  return cited.filter((name) => !scripts.includes(name) && !PNPM_ITSELF.includes(name));
}

describe("scripts on pages are scripts of package.json", () => {
  it.each(pages)("%s", async (page) => {
    expect(unknownScripts(await read(page))).toEqual([]);
  });

  it("sees a script that is gone", () => {
    expect(unknownScripts("Run `pnpm verify`, then `npm run polish`.")).toEqual(["polish"]);
  });
});

describe("commands on pages are commands of apps/cli", () => {
  it.each(pages)("%s", async (page) => {
    const wrong = commands(await read(page))
      .map(complaint)
      .filter((text) => text !== null);
    expect(wrong).toEqual([]);
    expect(strangeOptions(await read(page))).toEqual([]);
  });

  it("sees a command, an option and an argument that are gone, and what is missing", () => {
    const page = "Run `npx holdpoint stop engage --scope everything --reason x`.\n\n    holdpoint status | less\n";
    expect(commands(page)).toEqual(["stop engage --scope everything --reason x", "status"]);
    expect(commands(page).map(complaint)).toEqual([null, null]);
    expect(complaint("stop engage")).toBeNull();
    expect(complaint("halt --now")).toBe('no command halt in "halt --now"');
    expect(complaint("status --colour")).toContain("unknown option '--colour'");
    expect(complaint("status now")).toContain("too many arguments");
    expect(complaint("jobs show --json")).toContain("missing required argument");
    expect(complaint("stop engage --scope everything")).toBe('no --reason in "stop engage --scope everything"');
  });

  it("sees an option that the command of its row does not have", () => {
    expect(strangeOptions("| `holdpoint jobs show JOB` | one job (`--json`, `--colour C`) |")).toEqual([
      "jobs show JOB: --colour",
    ]);
  });
});
