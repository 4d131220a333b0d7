import { expect, it } from "vitest";
import { filterHref, parseFilter } from "./filter.ts";

const ID = "01a1fdd5-73a1-7b76-94cd-4b8eccf48e4e";

it("reads what fits and leaves out the rest", () => {
  const wild = { state: "held,nonsense,dead", type: "Build;", venture: ["acme", "other"], before: "x" };
  expect(parseFilter(wild)).toEqual({ states: ["held", "dead"], type: undefined, venture: "acme", before: undefined });
  expect(parseFilter({ state: "nonsense" }).states).toBeUndefined();
});

it("is the same after a way through the URL", () => {
  const filter = parseFilter({ state: "held,dead", type: "build", venture: "acme", before: ID });
  const href = filterHref(filter, { before: filter.before });
  expect(parseFilter(Object.fromEntries(new URL(href, "http://x").searchParams))).toEqual(filter);
});

it("begins at the newest when the filter changes", () => {
  const filter = parseFilter({ venture: "acme", before: ID });
  expect(filterHref(filter, { states: ["held"] })).toBe("/jobs?state=held&venture=acme");
  expect(filterHref(parseFilter({}))).toBe("/jobs");
});
