/** After `next build`: the standalone server serves static files and public/ only if they lie beside it. */
import { cp } from "node:fs/promises";
import { join } from "node:path";

const web = join(import.meta.dirname, "..");
const standalone = join(web, ".next/standalone/apps/web");
await cp(join(web, ".next/static"), join(standalone, ".next/static"), { recursive: true });
await cp(join(web, "public"), join(standalone, "public"), { recursive: true });
