// The build of Holdpoint's own checkout: reads every source file, checks that it parses and that each of its relative
// imports exists, and that migrations are in order. Plain JavaScript of Node's own parts, so that it runs in a sandbox
// without network, installed packages, or a new Node.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import module from "node:module";
import path from "node:path";

process.removeAllListeners("warning");

const FOLDERS = ["apps", "packages", "tests", "bench", "supabase"];
const SKIPPED = new Set(["node_modules", ".next", ".turbo"]);
const root = process.cwd();

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(file);
    else if (entry.isFile()) yield file;
  }
}

function parseProblem(file, text) {
  if (!/\.m?ts$/.test(file) || file.endsWith(".d.ts") || !module.stripTypeScriptTypes) return null;
  try {
    module.stripTypeScriptTypes(text);
    return null;
  } catch (error) {
    return `does not parse: ${error.message}`;
  }
}

function missingImports(file, text) {
  // At the start of a line: the same words inside a string are a test's business.
  const names = [...text.matchAll(/^(?:import|export|\})[^"\n]*\bfrom "(\.{1,2}\/[^"]+)"/gm)].map((match) => match[1]);
  return names.filter((name) => {
    const target = path.resolve(path.dirname(file), name);
    return !["", ".ts", ".tsx", ".js", "/index.ts"].some((end) => existsSync(target + end));
  });
}

const problems = [];
const perFolder = new Map();
const tree = createHash("sha256");
let bytes = 0;

for (const folder of FOLDERS.filter((name) => existsSync(path.join(root, name)))) {
  for (const file of filesBelow(path.join(root, folder))) {
    if (!/\.(m?ts|tsx|mjs|sql)$/.test(file)) continue;
    const text = readFileSync(file, "utf8");
    const name = path.relative(root, file);
    const key = name.split(path.sep).slice(0, 2).join("/");
    perFolder.set(key, (perFolder.get(key) ?? 0) + 1);
    bytes += Buffer.byteLength(text);
    tree.update(name).update(text);
    const parse = parseProblem(file, text);
    if (parse) problems.push(`${name} ${parse}`);
    for (const missing of file.endsWith(".sql") ? [] : missingImports(file, text)) {
      problems.push(`${name} imports ${missing}, which does not exist`);
    }
  }
}

const migrations = existsSync("supabase/migrations") ? readdirSync("supabase/migrations").sort() : [];
for (const name of migrations.filter((one) => !/^\d{14}_\w+\.sql$/.test(one))) {
  problems.push(`supabase/migrations/${name} has no version in its name`);
}

const files = [...perFolder.values()].reduce((sum, count) => sum + count, 0);
console.log(`node ${process.version}, ${files} files, ${Math.round(bytes / 1024)} kB, ${migrations.length} migrations`);
for (const [folder, count] of perFolder) console.log(`  ${folder.padEnd(24)} ${String(count).padStart(4)}`);
for (const problem of problems) console.error(`error: ${problem}`);
const report = {
  node: process.version,
  files,
  bytes,
  migrations: migrations.length,
  sha256: tree.digest("hex"),
  problems,
};
mkdirSync("dist", { recursive: true });
writeFileSync("dist/sources.json", `${JSON.stringify(report, null, 2)}\n`);
console.log(problems.length === 0 ? `all parse and resolve; sha256 ${report.sha256}` : `problems: ${problems.length}`);
process.exitCode = problems.length === 0 ? 0 : 1;
