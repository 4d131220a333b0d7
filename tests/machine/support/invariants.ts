import { expect } from "vitest";
import type { TestDatabase } from "@holdpoint/local/testing";
import { checkPacks } from "./check-packs.ts";
import { checkStreams } from "./check-streams.ts";
import { checkTables } from "./check-tables.ts";

/** All that must hold whenever no call is under way. */
export async function expectInvariants(db: TestDatabase): Promise<void> {
  const [streams, tables, packs] = await Promise.all([checkStreams(db), checkTables(db), checkPacks(db)]);
  expect([...streams, ...tables, ...packs]).toEqual([]);
}
