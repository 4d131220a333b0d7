import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { supervise } from "./supervise.ts";
import type { Running } from "./supervise.ts";

interface Fake extends Running {
  no: number;
  end(code: number): void;
}

function fakes(): { start: () => Promise<Fake>; started: Fake[]; failNext: (times: number) => void } {
  const started: Fake[] = [];
  let failures = 0;
  return {
    started,
    failNext: (times) => void (failures = times),
    start: () => {
      if (failures-- > 0) return Promise.reject(new Error("no luck"));
      const { promise: ended, resolve } = Promise.withResolvers<{ code: number | null; signal: string | null }>();
      const fake: Fake = {
        no: started.length,
        ended,
        end: (code) => resolve({ code, signal: null }),
        stop: async () => resolve({ code: 0, signal: null }),
      };
      started.push(fake);
      return Promise.resolve(fake);
    },
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("supervise", () => {
  it("starts again what ended, with growing pauses, and says so", async () => {
    const { start, started, failNext } = fakes();
    const said: string[] = [];
    const restarted: number[] = [];
    const one = await supervise({
      name: "It",
      start,
      say: (line) => said.push(line),
      onRestart: (fake) => void restarted.push(fake.no),
    });
    failNext(1);
    started[0]?.end(7);
    await vi.advanceTimersByTimeAsync(499);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(said).toEqual([
      "It ended (exit code 7); starting it again.",
      "It did not start (no luck); trying again in 1 s.",
    ]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.current().no).toBe(1);
    expect(restarted).toEqual([1]);
    await one.stop();
  });

  it("waits half a second again after a minute of life", async () => {
    const { start, started } = fakes();
    const one = await supervise({ name: "It", start, say: () => undefined });
    started[0]?.end(1);
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(60_001);
    started[1]?.end(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(one.current().no).toBe(2);
    await one.stop();
  });

  it("leaves alone what ended with a final code", async () => {
    const { start, started } = fakes();
    const final: number[] = [];
    const one = await supervise({
      name: "It",
      start,
      say: () => undefined,
      finalCodes: [3],
      onFinal: (code) => void final.push(code),
    });
    started[0]?.end(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(1);
    expect(final).toEqual([3]);
    await one.stop();
  });

  it("restarts at once when asked, without a word", async () => {
    const { start } = fakes();
    const said: string[] = [];
    const one = await supervise({ name: "It", start, say: (line) => said.push(line) });
    await one.restart();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.current().no).toBe(1);
    expect(said).toEqual(["It runs again."]);
    await one.stop();
  });

  it("does not start again while it is being stopped", async () => {
    const { start, started } = fakes();
    const one = await supervise({ name: "It", start, say: () => undefined });
    started[0]?.end(1);
    await vi.advanceTimersByTimeAsync(100);
    await one.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(1);
  });

  it("hands on the failure of the very first start", async () => {
    const { start, failNext } = fakes();
    failNext(1);
    await expect(supervise({ name: "It", start, say: () => undefined })).rejects.toThrow("no luck");
  });
});
