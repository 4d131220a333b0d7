import { expect, test } from "vitest";
import { clean, short } from "../src/format/clean.ts";
import { facts, table } from "../src/format/table.ts";

test("text from outside cannot steer the terminal", () => {
  expect(clean("a\u001b]0;title\u0007b\r\nc\u202e")).toBe("a␛]0;title␇b␍␊c\ufffd");
  expect(clean("one\ntwo\tx", true)).toBe("one\ntwo\tx");
  expect(short("a long line", 6)).toBe("a lon…");
});

test("tables line up whatever the colours", () => {
  expect(
    table(
      ["A", "B"],
      [
        ["\u001b[31mxx\u001b[0m", "1"],
        ["y", "22"],
      ],
      [1],
    ),
  ).toBe("A    B\n\u001b[31mxx\u001b[0m   1\ny   22");
  expect(
    facts([
      ["one", "1"],
      ["none", null],
      ["three", "3\n4"],
    ]),
  ).toBe("one    1\nthree  3\n       4");
});
