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
  // An icon that is first shown while the server is out of reach must come from the cache; ?v= changes with the sprite.
  headers: () => [
    { source: "/icons.svg", headers: [{ key: "cache-control", value: "public, max-age=31536000, immutable" }] },
  ],
  experimental: { agentUpgrade: false },
};

export default config;
