/**
 * Compares (`--check`) or rewrites (`--write`) the committed schema dump and the generated types, from a database that
 * the migrations just made. Exit code 0: they agree; 1: they differ; 2: usage.
 */
import { writeFile } from "node:fs/promises";
import { createTestDatabase, startTestServer } from "@holdpoint/local/testing";
import { absolute, firstDifference, GENERATED } from "./files.ts";

const mode = process.argv[2];
if (mode !== "--check" && mode !== "--write") {
  console.error("Usage: node tests/schema/main.ts --check | --write");
  process.exit(2);
}

const server = await startTestServer();
try {
  const db = await createTestDatabase({ adminUrl: server.adminUrl });
  for (const file of GENERATED) {
    if (mode === "--write") {
      await writeFile(absolute(file.path), await file.generate(db.owner));
      console.log(`wrote ${file.path}`);
      continue;
    }
    const difference = await firstDifference(file, db.owner);
    if (difference !== null) process.exitCode = 1;
    console.log(difference ?? `${file.path} is up to date`);
  }
  await db.drop();
} finally {
  await server.close();
}
