import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNK_BYTES, RunOutput } from "./run-output.ts";

const limits = { headBytes: 1_000, tailBytes: 200 };
const collect = (output: RunOutput) => {
  const end = output.finish();
  return { end, chunks: output.take() };
};

test("what is stored matches its length and sha256, whatever was written in whatever pieces", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("log", "stdout", "stderr"), fc.string({ unit: "binary", maxLength: 400 }))),
      (writes) => {
        const output = new RunOutput("j", "1", limits);
        for (const [stream, text] of writes) output.write(stream, text);
        const { end, chunks } = collect(output);
        const text = chunks.map((chunk) => chunk.text).join("");
        expect(Buffer.byteLength(text)).toBe(end.bytes);
        expect(end.sha256).toBe(end.bytes === 0 ? null : createHash("sha256").update(text).digest("hex"));
        expect(chunks.map((chunk) => chunk.chunkNo)).toEqual(chunks.map((_, i) => i + 1));
        expect(text).not.toContain("\0");
      },
    ),
    { numRuns: 40 },
  );
});

test("head and tail are kept and the cut is stated", () => {
  const output = new RunOutput("j", "1", limits);
  for (let i = 0; i < 1_000; i++) output.write("stdout", `line ${i}\n`);
  const { chunks } = collect(output);
  const text = chunks.map((chunk) => chunk.text).join("");
  expect(text).toMatch(/^line 0\nline 1\n/);
  expect(text).toMatch(/line 998\nline 999\n$/);
  expect(chunks.map((chunk) => chunk.stream)).toEqual(["stdout", "cut", "stdout"]);
  expect(text).toMatch(/\[7690 bytes were left out here\.\]/);
  expect(Buffer.byteLength(text)).toBeLessThan(1_600);
});

test("chunks stay within 64 kB and never split a character", () => {
  const output = new RunOutput("j", "1");
  output.write("log", "x" + "é".repeat(100_000));
  const { chunks } = collect(output);
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks) expect(Buffer.byteLength(chunk.text)).toBeLessThanOrEqual(CHUNK_BYTES);
  expect(chunks.map((chunk) => chunk.text).join("")).toBe("x" + "é".repeat(100_000));
});
