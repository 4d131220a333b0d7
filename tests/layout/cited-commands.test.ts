import { describe, expect, it } from "vitest";
import { createProgram } from "../../apps/cli/src/program.ts";
import { filesEnding, read } from "./files.ts";

type Command = ReturnType<typeof createProgram>;

const program = createProgram();
const pages = await filesEnding(".md");

/** Why `npx holdpoint <text>` is not a command as the program has it, or null. */
function complaint(text: string): string | null {
  const words = text.split(/\s+/).filter((word) => word !== "");
  let command: Command = program;
  while (words[0] !== undefined && /^[a-z][a-z-]*$/.test(words[0]) && command.commands.length > 0) {
    const name = words.shift();
    const next = command.commands.find((c) => c.name() === name || c.aliases().includes(name ?? ""));
    if (!next) return `no command ${name} in "${text}"`;
    command = next;
  }
  const known = [...command.options, ...program.options].flatMap((option) => [option.long, option.short]);
  const unknown = words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.replace(/[=\]].*$/, ""))
    .find((word) => !known.includes(word) && word !== "--help");
  return unknown === undefined ? null : `no option ${unknown} in "${text}"`;
}

/** Commands in code style and in code blocks: up to the end of the code, of the line, or a shell operator. */
function commands(page: string): string[] {
  const code = [...page.matchAll(/`npx holdpoint ([^`\n]*)/g), ...page.matchAll(/^\s+(?:\$ )?npx holdpoint (.*)$/gm)];
  return code.map((match) => (match[1] ?? "").split(/\s[|&>#…]|…| {3,}/)[0] ?? "");
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
  });

  it("sees a command and an option that are gone", () => {
    expect(commands("Run `npx holdpoint stop engage --scope everything`.")).toEqual(["stop engage --scope everything"]);
    expect(complaint("stop engage --scope everything")).toBeNull();
    expect(complaint("halt --now")).toBe('no command halt in "halt --now"');
    expect(complaint("status --colour")).toBe('no option --colour in "status --colour"');
  });
});
