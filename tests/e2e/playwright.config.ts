import { join } from "node:path";
import { defineConfig } from "@playwright/test";

/** The dashboard in Chromium, against a production build, real PostgreSQL and a real Lite host. One world for all. */
export default defineConfig({
  testDir: ".",
  globalSetup: join(import.meta.dirname, "world/build-web.ts"),
  outputDir: "../../test-results",
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env["CI"] === "true",
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
