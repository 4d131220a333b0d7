import { join } from "node:path";
import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: join(import.meta.dirname, "../.."),
  agentRules: false,
  poweredByHeader: false,
  images: { unoptimized: true },
  // Types are checked by `pnpm verify`; a first start must not wait for them again.
  typescript: { ignoreBuildErrors: true },
  experimental: { agentUpgrade: false },
};

export default config;
