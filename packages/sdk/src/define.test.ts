import { describe, expect, expectTypeOf, test } from "vitest";
import {
  BadInputError,
  defineJob,
  DefinitionError,
  isJobDefinition,
  parsePayload,
  toAnnouncement,
  z,
} from "./index.ts";
import type { JobDefinition } from "./index.ts";

const good = {
  name: "greet",
  version: 1,
  payload: z.object({ who: z.string().default("you") }),
  size: "small",
  timeoutMs: 1000,
  run: () => null,
} as const;

describe("defineJob", () => {
  test("types the handler from the payload's schema and the references", () => {
    const job = defineJob({
      ...good,
      payload: z.object({ ref: z.string().optional(), depth: z.coerce.number() }),
      resolve: (payload, { venture }) => ({ commit: payload.ref ?? venture.key }),
      run(ctx) {
        expectTypeOf(ctx.payload).toEqualTypeOf<{ ref?: string | undefined; depth: number }>();
        expectTypeOf(ctx.refs).toEqualTypeOf<{ commit: string }>();
        return ctx.step("double", () => ctx.payload.depth * 2);
      },
    });
    expectTypeOf(job).toExtend<JobDefinition>();
    expect(isJobDefinition(job)).toBe(true);
    expect(isJobDefinition({ ...good })).toBe(false);
  });

  test("fills in the defaults", () => {
    const job = defineJob({ ...good, estimateMicrousd: 5 });
    expect(job).toMatchObject({ ceilingMicrousd: 5, approval: false, queue: null, leaseMs: null, effectKinds: [] });
    expect(Object.isFrozen(job)).toBe(true);
  });

  test.each([
    [{ name: "Health-Scan" }, /name must be lower-case letters/],
    [{ version: 0 }, /version must be a whole number from 1/],
    [{ size: "medum" }, /size must be one of small, medium, large, got medum \(did you mean medium\?\)/],
    [{ queue: "reports" }, /did you mean report\?/],
    [{ timeout: 5 }, /unknown option timeout \(did you mean timeoutMs\?\)/],
    [{ payloadSchema: 5 }, /unknown option payloadSchema/],
    [{ zzzzzz: 5 }, /unknown option zzzzzz$/m],
    [{ effectKinds: ["deploys"] }, /got deploys \(did you mean deploy\?\)/],
    [{ estimateMicrousd: 9, ceilingMicrousd: 8 }, /ceilingMicrousd \(8\) must not be below estimateMicrousd \(9\)/],
    [{ timeoutMs: 300_001 }, /timeoutMs \(300001\) is longer than a small run may take \(300000\)/],
    [{ leaseMs: 9_999 }, /leaseMs must be a whole number of milliseconds from 10000/],
    [{ payload: { who: "string" } }, /payload must be a zod schema/],
    [{ payload: z.string() }, /payload must describe a JSON object, got string/],
    [{ payload: z.object({ at: z.date() }) }, /payload can't be written as JSON Schema/],
    [{ run: undefined }, /run is missing/],
  ])("refuses %o", (change, message) => {
    expect(() => defineJob({ ...good, ...change } as typeof good)).toThrow(message);
  });

  test("lists every problem at once", () => {
    let caught: unknown;
    try {
      defineJob({ ...good, version: 1.5, size: "huge", nmae: 1 } as never);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(DefinitionError);
    expect(caught instanceof DefinitionError && caught.problems).toHaveLength(3);
  });
});

test("parsePayload answers with the parsed payload, or names the fields at fault", () => {
  const job = defineJob({ ...good, payload: z.strictObject({ urls: z.array(z.url()), depth: z.number().default(1) }) });
  expect(parsePayload(job, { urls: ["https://example.org"] })).toEqual({ urls: ["https://example.org"], depth: 1 });
  let caught: unknown;
  try {
    parsePayload(job, { urls: ["nonsense"], depth: "x" });
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(BadInputError);
  expect(caught).toMatchObject({ field: "payload.urls.0", message: expect.stringMatching(/urls\.0: .*depth: /) });
});

test("an announcement carries everything that the database wants to know", () => {
  const job = defineJob({ ...good, effectKinds: ["spend", "deploy", "spend"], approval: true });
  expect(toAnnouncement(job)).toMatchObject({
    name: "greet",
    version: 1,
    payload_schema: { type: "object", properties: { who: { type: "string", default: "you" } } },
    size: "small",
    queue: null,
    timeout_ms: 1000,
    lease_ms: null,
    effect_kinds: ["deploy", "spend"],
    approval: true,
    code_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(toAnnouncement(job, "abc").code_hash).toBe("abc");
});

test("a concurrency key is computed from the payload by a function or a template, and announced without its code", () => {
  const payload = z.strictObject({ repo: z.string(), at: z.strictObject({ branch: z.string().optional() }) });
  const value = { repo: "r", at: { branch: "b" } };
  const byCode = defineJob({
    ...good,
    payload,
    concurrency: { key: (given) => given.repo, limit: 2, strategy: "skip" },
  });
  expect(byCode.concurrencyKey(value)).toBe("r");
  expect(toAnnouncement(byCode).concurrency).toEqual({ limit: 2, strategy: "skip" });
  const byTemplate = defineJob({ ...good, payload, concurrency: { key: "{repo}/{at.branch}" } });
  expect(byTemplate.concurrencyKey(value)).toBe("r/b");
  expect(toAnnouncement(byTemplate).concurrency).toEqual({ limit: 1, strategy: "queue" });
  expect(() => byTemplate.concurrencyKey({ repo: "r", at: {} })).toThrow("at.branch");
  expect(() => byCode.concurrencyKey({ repo: "r".repeat(201), at: {} })).toThrow("200 characters");
  expect(defineJob(good).concurrencyKey({ who: "you" })).toBeNull();
  for (const wrong of [{}, { key: "x", limit: 0 }, { key: "x", strategy: "cancle_old" }, { key: "x", limits: 1 }]) {
    expect(() => defineJob({ ...good, concurrency: wrong as never })).toThrow("concurrency");
  }
});

test("providers are names, announced in order, and errors may name one", () => {
  const job = defineJob({ ...good, providers: ["stripe", "github", "stripe"] });
  expect(toAnnouncement(job).providers).toEqual(["github", "stripe"]);
  expect(() => defineJob({ ...good, providers: ["GitHub"] })).toThrow("providers");
});
