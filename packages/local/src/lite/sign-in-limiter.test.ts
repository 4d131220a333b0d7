import { describe, expect, it } from "vitest";
import { SignInLimiter } from "./sign-in-limiter.ts";

const rates = { perEmail: { burst: 3, refillMs: 1000 }, global: { burst: 5, refillMs: 100 } };

function limiterAt(): { limiter: SignInLimiter; pass(ms: number): void } {
  let now = 0;
  return { limiter: new SignInLimiter({ ...rates, now: () => now }), pass: (ms) => void (now += ms) };
}

describe("SignInLimiter", () => {
  it("lets a burst through, then one try in each refill time", () => {
    const { limiter, pass } = limiterAt();
    expect([1, 2, 3].map(() => limiter.take("a@x"))).toEqual([0, 0, 0]);
    expect(limiter.take("a@x")).toBe(1000);
    pass(999);
    expect(limiter.take("a@x")).toBe(1);
    pass(1);
    expect(limiter.take("a@x")).toBe(0);
    expect(limiter.take("a@x")).toBe(1000);
  });

  it("a refused try costs nothing", () => {
    const { limiter, pass } = limiterAt();
    for (let n = 0; n < 50; n++) limiter.take("a@x");
    pass(1000);
    expect(limiter.take("a@x")).toBe(0);
  });

  it("counts all e-mails together, and a try without one", () => {
    const { limiter } = limiterAt();
    expect(["a", "b", "c", "d"].map((name) => limiter.take(name))).toEqual([0, 0, 0, 0]);
    expect(limiter.take(null)).toBe(0);
    expect(limiter.take("e")).toBe(100);
  });

  it("forgets wrong tries at the right password", () => {
    const { limiter } = limiterAt();
    for (let n = 0; n < 3; n++) limiter.take("a@x");
    limiter.succeeded("a@x");
    expect(limiter.take("a@x")).toBe(0);
  });
});
