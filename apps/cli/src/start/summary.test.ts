import { expect, it } from "vitest";
import { summary } from "./summary.ts";

const facts = {
  seconds: 12.345,
  siteUrl: "http://127.0.0.1:3000",
  email: "admin@holdpoint.local",
  password: null,
  dataDir: "/data",
  logs: "/data/logs",
  firstWork: [],
  waiting: [],
};
const plain = (_format: unknown, text: string): string => text;

it("says where, who, what waits and how to stop; a password only when there is one to show", () => {
  const later = summary(facts, plain);
  expect(later).toContain("Holdpoint is running (12.3 s).");
  for (const part of [
    "http://127.0.0.1:3000",
    "admin@holdpoint.local",
    "/data/logs",
    "Ctrl-C",
    "nothing waits for you",
  ]) {
    expect(later).toContain(part);
  }
  expect(later).not.toContain("Password");
  expect(summary({ ...facts, password: "aaaaa-bbbbb" }, plain)).toMatch(/Password +aaaaa-bbbbb +shown only this once/);
});

it("does not say that nothing waits when nobody could look", () => {
  expect(summary({ ...facts, waiting: null }, plain)).toContain("unknown: it could not be read");
  expect(summary({ ...facts, siteUrl: null }, plain)).toContain("not started (--no-web)");
});
