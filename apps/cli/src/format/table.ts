import { stripVTControlCharacters } from "node:util";

/** Columns lined up by the widest cell, two spaces between, the last column not padded. Colour codes have no width. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const space = " ".repeat((widths[column] ?? 0) - width(cell));
        return right.includes(column) ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}

/** "name  value" lines; lines without a value are left out. */
export function facts(rows: readonly (readonly [string, string | null | undefined])[]): string {
  const given = rows.filter(
    (row): row is readonly [string, string] => row[1] !== null && row[1] !== undefined && row[1] !== "",
  );
  const widest = Math.max(0, ...given.map(([name]) => name.length));
  return given
    .map(([name, value]) => `${name.padEnd(widest)}  ${value.replaceAll("\n", `\n${" ".repeat(widest + 2)}`)}`)
    .join("\n");
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
