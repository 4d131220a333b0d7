import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BOUNDARIES } from "../lint/boundaries.ts";
import { root } from "./files.ts";

describe("the agreed top level", () => {
  it.each([
    "package.json",
    "turbo.json",
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    "tsconfig.base.json",
    "vitest.config.ts",
    ".env.example",
    ".ci/run",
    ".github/workflows/ci.yml",
    "README.md",
    "LICENSE",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/decisions.md",
    "docs/guarantees.md",
    "docs/states.md",
    "supabase/config.toml",
    "supabase/migrations",
    "supabase/schema.sql",
    "packages/db/src/database.types.ts",
    "infra/hetzner/README.md",
    "infra/hetzner/systemd/holdpoint-worker@.service",
    "runbooks",
    "bench/run.ts",
    "bench/README.md",
    "handlers",
    "tests/run.ts",
    "tests/faults",
    "tests/e2e/playwright.config.ts",
    ...BOUNDARIES.map((boundary) => `${boundary.folder}/package.json`),
  ])("has %s", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it(".ci/run may be executed", () => {
    expect(statSync(join(root, ".ci/run")).mode & 0o111).toBe(0o111);
  });
});
