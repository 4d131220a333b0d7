import { describe, expect, it } from "vitest";
import { redactLine } from "./redact.ts";

describe("redactLine", () => {
  it.each([
    ["PostgresError: permission denied for table jobs", "PostgresError: permission denied for table jobs"],
    ["  detail: 'Key (email)=(a@b.example) already exists.',", "  detail: [removed]"],
    ["Key (email, x)=(secret stuff) already exists", "Key (email, x)=([value]) already exists"],
    ["bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl end", "bearer [token] end"],
    ["connect postgres://holdpoint_rest:hunter2hunter2@127.0.0.1:1/x", "connect [login]@127.0.0.1:1/x"],
    ["user someone.else+tag@example.co.uk failed", "user [email] failed"],
    ["hash $2b$10$abcdefghijklmnopqrstuv1234567890ABCDEFGHIJ", "hash [hash]"],
    ["code 01a1fdaa-9086-7228-9c10-9b9bc3c5ceda here", "code [long value] here"],
    ["password=abc", "password=[removed]"],
  ])("%s", (line, expected) => {
    expect(redactLine(line)).toBe(expected);
  });

  it("cuts a long line", () => {
    expect(redactLine("a b ".repeat(500))).toHaveLength(400);
  });
});
