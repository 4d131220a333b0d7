import { expect, test } from "vitest";
import { paintFor, paintState } from "../src/format/style.ts";

test("colours only on a terminal, and not when NO_COLOR is set", () => {
  expect(paintState(paintFor({ isTTY: true }, {}), "dead")).toBe("\u001b[31mdead\u001b[39m");
  expect(paintState(paintFor({ isTTY: true }, { NO_COLOR: "1" }), "dead")).toBe("dead");
  expect(paintState(paintFor({ isTTY: true }, { TERM: "dumb" }), "dead")).toBe("dead");
  expect(paintState(paintFor({}, {}), "dead")).toBe("dead");
});
