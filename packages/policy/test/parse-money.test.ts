import { expect, it } from "vitest";
import { parseMoney } from "../src/parse-money.ts";

it.each([
  ["25", 25_000_000],
  ["0", 0],
  ["0.000001", 1],
  ["$1,250.50", 1_250_500_000],
])("reads %s", (text, microusd) => {
  expect(parseMoney(text, "day")).toBe(microusd);
});

it.each([
  ["-1", "bad_money"],
  ["$-1", "bad_money"],
  ["1.0000001", "bad_money"],
  ["ten", "bad_money"],
  ["1e3", "bad_money"],
  ["", "bad_money"],
  ["1,2", "bad_money"],
  ["2000000000", "too_much_money"],
])("refuses %s as %s", (text, reason) => {
  expect(() => parseMoney(text, "day")).toThrow(expect.objectContaining({ reason, field: "day" }));
});
