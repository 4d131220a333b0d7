import { expect, it } from "vitest";
import { bytes, clockOrDay, exact, money, plural, roughly, shortId, span, upTo } from "./format.ts";

it.each([
  [48_000, "48 s"],
  [362_000, "6 m 02 s"],
  [6_660_000, "1 h 51 m"],
  [183_600_000, "2 d 3 h"],
  [-5, "0 s"],
])("span of %d ms is %s", (ms, words) => expect(span(ms)).toBe(words));

it.each([
  [0, "$0.00"],
  [4_120_000, "$4.12"],
  [1_204_310_000, "$1,204.31"],
  [1_500, "$0.0015"],
])("money of %d is %s", (microusd, words) => expect(money(microusd)).toBe(words));

it("puts times, counts and ids as people read them", () => {
  expect(exact("2026-11-18T14:02:11Z")).toBe("18 Nov 2026, 14:02:11 UTC");
  expect(clockOrDay("2026-11-18T14:02:11Z", Date.parse("2026-11-18T20:00:00Z"))).toBe("14:02:11");
  expect(clockOrDay("2026-11-17T14:02:11Z", Date.parse("2026-11-18T20:00:00Z"))).toBe("17 Nov, 14:02");
  expect(roughly(244_000)).toBe("4 min");
  expect([upTo(18_402), upTo(9_999)]).toEqual(["10,000+", "9,999"]);
  expect([plural(1, "run"), plural(3, "retry", "retries")]).toEqual(["1 run", "3 retries"]);
  expect(shortId("0198f3aa-1111-7222-8333-44445555 7c2e".replace(" ", ""))).toMatch(/^0198f3….{4}$/);
  expect([bytes(999), bytes(48_213_504)]).toEqual(["999 B", "48.2 MB"]);
});
