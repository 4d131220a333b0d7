import { expect, test } from "vitest";
import { parseTime } from "../src/format/parse-time.ts";
import { exactTime, localTime, relative } from "../src/format/time.ts";

const berlin = { now: () => Date.parse("2026-11-21T10:00:00Z"), zone: "Europe/Berlin" };

test.each([
  ["2026-11-22T08:00:00+01:00", "2026-11-22T07:00:00.000Z"],
  ["2026-11-22T08:00Z", "2026-11-22T08:00:00.000Z"],
  ["2026-11-22 08:00", "2026-11-22T07:00:00.000Z"],
  ["2026-07-01 08:00:30", "2026-07-01T06:00:30.000Z"],
  ["2026-11-22", "2026-11-21T23:00:00.000Z"],
  ["11:30", "2026-11-21T10:30:00.000Z"],
  ["08:00", "2026-11-22T07:00:00.000Z"],
  // Comes twice when clocks go back: the first.
  ["2026-10-25 02:30", "2026-10-25T00:30:00.000Z"],
])("%s in Berlin is %s", (text, instant) => {
  expect(parseTime(text, "at", berlin)).toBe(instant);
});

test.each(["tomorrow", "25:00", "2026-13-01 08:00", "2026-03-29 02:30", "1700000000", ""])("%j is refused", (text) => {
  expect(() => parseTime(text, "at", berlin)).toThrow(expect.objectContaining({ code: "invalid", field: "at" }));
});

test("a skipped local time says where the clocks go", () => {
  expect(() => parseTime("2026-03-29 02:30", "at", berlin)).toThrow(/2026-03-29 03:30/);
});

test("times are written in the zone with the exact instant", () => {
  expect(localTime("2026-11-21T08:24:52.500Z", berlin)).toBe("2026-11-21 09:24:52 GMT+1");
  expect(exactTime("2026-11-21T08:24:52.500Z", berlin)).toBe(
    "2026-11-21 09:24:52 GMT+1, 1 h 35 m ago (2026-11-21T08:24:52.500Z)",
  );
  expect(relative("2026-11-21T10:02:00Z", berlin)).toBe("in 2 m");
});
