/** docs/gate.md says which test holds each point of the published control: they exist, under those names. */
import { describe, expect, it } from "vitest";
import { read } from "./files.ts";

const rows = (await read("docs/gate.md"))
  .split("\n")
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));

/** The names in a cell, each with the file that was named last before it. */
function cited(cell: string): { file: string; title: string | null }[] {
  const found: { file: string; title: string | null }[] = [];
  let file = "";
  for (const [, path, title] of cell.matchAll(/`((?:tests|apps|packages)\/[^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) found.push({ file: (file = path), title: null });
    else if (title !== undefined) found.push({ file, title });
  }
  return found;
}

describe("the 23 points of docs/gate.md", () => {
  it("are there, in order", () => {
    expect(rows.map((row) => Number(row[0]))).toEqual(Array.from({ length: 23 }, (_, i) => i + 1));
  });

  it.each(rows)("%s: %s", async (_no, _asks, _held, tests) => {
    const names = cited(tests ?? "");
    expect(names.length).toBeGreaterThan(0);
    for (const { file, title } of names) {
      const text = await read(file);
      if (title !== null) expect(text, `${file}: ${title}`).toContain(title);
    }
  });

  it("sees a name that is gone", () => {
    expect(cited('`tests/a.test.ts` "one"; "two". `docs/x.md`')).toEqual([
      { file: "tests/a.test.ts", title: null },
      { file: "tests/a.test.ts", title: "one" },
      { file: "tests/a.test.ts", title: "two" },
    ]);
  });
});
