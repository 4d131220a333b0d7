import { HoldpointError } from "@holdpoint/policy";
import { describe, expect, test } from "vitest";
import { isConnectionLoss, isContention, toHoldpointError } from "./errors.ts";

const pgError = (code: string, more: object = {}) => Object.assign(new Error(`pg ${code}`), { code, ...more });
const detail = JSON.stringify({ code: "conflict", reason: "lease_lost", message: "It is gone.", remedy: "Stop." });

describe("errors of pg and supabase-js have one shape", () => {
  test("what the SQL functions raise is read back whole, from either client", () => {
    for (const error of [
      pgError("PT409", { detail }),
      { code: "PT409", message: "It is gone.", details: detail, hint: "" },
    ]) {
      expect(toHoldpointError(error).toJSON()).toEqual(JSON.parse(detail));
    }
  });

  test.each([
    [pgError("40P01"), "unavailable", "contention", true],
    [pgError("55P03"), "unavailable", "contention", true],
    [pgError("57P01"), "unavailable", "database_unreachable", true],
    [pgError("53300"), "unavailable", "database_unreachable", true],
    [pgError("53100"), "unavailable", "disk_full", true],
    [pgError("57014"), "unavailable", "database_timeout", true],
    [pgError("ECONNREFUSED"), "unavailable", "database_unreachable", true],
    [new Error("Connection terminated unexpectedly"), "unavailable", "database_unreachable", true],
    [new Error("Query read timeout"), "unavailable", "database_unreachable", true],
    [new TypeError("fetch failed"), "unavailable", "database_unreachable", true],
    [pgError("42501"), "forbidden", "not_allowed", false],
    [pgError("28P01"), "unauthenticated", "not_signed_in", false],
    [{ code: "PGRST301", message: "JWT expired", details: null }, "unauthenticated", "not_signed_in", false],
    [pgError("42883"), "unavailable", "schema_missing", true],
    [pgError("23505"), "internal", "unexpected", false],
    ["a string", "internal", "unexpected", false],
  ])("%s", (error, code, reason, retryable) => {
    expect(toHoldpointError(error)).toMatchObject({ code, reason, retryable });
  });

  test("an AggregateError (several addresses refused) is what its first cause is", () => {
    const error = new AggregateError([pgError("ECONNREFUSED"), pgError("ECONNREFUSED")]);
    expect(toHoldpointError(error)).toMatchObject({ reason: "database_unreachable" });
  });

  test("an unknown message is kept as the cause and not shown", () => {
    const error = pgError("XX000", { message: "secret internals" });
    const shown = toHoldpointError(error);
    expect(JSON.stringify(shown)).not.toContain("secret");
    expect(shown.cause).toBe(error);
  });

  test("a HoldpointError passes unchanged", () => {
    const error = new HoldpointError("refused", "no", "No.");
    expect(toHoldpointError(error)).toBe(error);
  });
});

test("contention and lost connections are told apart from errors of the call itself", () => {
  expect([isContention(pgError("40P01")), isContention(pgError("57P01")), isContention(pgError("23505"))]).toEqual([
    true,
    false,
    false,
  ]);
  expect([
    isConnectionLoss(pgError("57P01")),
    isConnectionLoss(new Error("read ECONNRESET")),
    isConnectionLoss(pgError("23505")),
    isConnectionLoss(pgError("PT409")),
  ]).toEqual([true, true, false, false]);
});
