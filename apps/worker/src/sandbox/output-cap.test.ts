import { expect, test } from "vitest";
import { OutputCap } from "./output-cap.ts";

function feed(head: number, tail: number, chunks: (string | Buffer)[]): { emitted: string[]; total: number } {
  const emitted: string[] = [];
  const cap = new OutputCap(head, tail, (text) => emitted.push(text));
  for (const chunk of chunks) cap.push(Buffer.from(chunk));
  cap.end();
  return { emitted, total: cap.total };
}

test("what fits is passed on as it comes", () => {
  expect(feed(10, 10, ["ab", "cd"])).toEqual({ emitted: ["ab", "cd"], total: 4 });
  expect(feed(10, 10, [])).toEqual({ emitted: [], total: 0 });
});

test("what head and tail can hold together is whole", () => {
  expect(feed(3, 4, ["abc", "de", "fg"]).emitted.join("")).toBe("abcdefg");
  expect(feed(3, 4, ["abcdefg"]).emitted.join("")).toBe("abcdefg");
});

test("the cut is stated with its size, the first and the last bytes are kept", () => {
  expect(feed(3, 4, ["abcdefgh"]).emitted.join("")).toBe(
    "abc\n[holdpoint: 1 of 8 bytes cut here; the first 3 and the last 4 are kept]\nefgh",
  );
  const bytes = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
  expect(feed(2, 5, bytes).emitted.join("")).toBe(
    "ab\n[holdpoint: 19 of 26 bytes cut here; the first 2 and the last 5 are kept]\nvwxyz",
  );
});

test("a character is never cut in half", () => {
  expect(feed(100, 10, [Buffer.from("€").subarray(0, 1), Buffer.from("€").subarray(1)]).emitted.join("")).toBe("€");
  const { emitted } = feed(3, 4, ["€€€€"]);
  expect(emitted.join("")).toBe("€\n[holdpoint: 6 of 12 bytes cut here; the first 3 and the last 3 are kept]\n€");
});

test("a hundred megabytes leave no more than head and tail behind", () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let kept = 0;
  const cap = new OutputCap(1000, 1000, (text) => (kept += text.length));
  for (let i = 0; i < 1600; i++) cap.push(chunk);
  cap.end();
  expect(cap.total).toBe(1600 * 64 * 1024);
  expect(kept).toBeLessThan(2200);
});
