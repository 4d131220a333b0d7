import { expect, it } from "vitest";
import { layOut, type Bar } from "./waterfall.ts";

const wait = (start: number, end: number): Bar => ({ name: "Wait", note: "", kind: "wait", start, end, bad: false });
const run = (start: number, end: number | null): Bar => ({
  name: "Run",
  note: "",
  kind: "run",
  start,
  end,
  bad: false,
});

it("folds long waits, so that work fills the axis", () => {
  const { bars, folds } = layOut(
    [wait(0, 80_000), run(80_000, 90_000), wait(90_000, 190_000), run(190_000, 200_000)],
    0,
    200_000,
  );
  expect(folds.map((fold) => fold.ms)).toEqual([80_000, 100_000]);
  const [, first, , second] = bars;
  expect(first?.width).toBeCloseTo(44);
  expect(second?.width).toBeCloseTo(44);
  expect((second?.x ?? 0) + (second?.width ?? 0)).toBeCloseTo(100);
});

it("keeps the order of time and stays on the axis", () => {
  const { bars } = layOut([wait(0, 5), run(5, 60), wait(60, 62), run(62, null)], 0, 100);
  const starts = bars.map((bar) => bar.x);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  for (const bar of bars) expect(bar.x + bar.width).toBeLessThanOrEqual(100.4);
});

it("leaves a job that only waits unfolded", () => {
  expect(layOut([wait(0, 100)], 0, 100).folds).toEqual([]);
});
