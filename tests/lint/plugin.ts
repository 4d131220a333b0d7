/**
 * Lint rules of this repository, loaded by `.oxlintrc.json`. oxlint's own `no-restricted-imports` has no allow-lists
 * (its regular expressions know no look-ahead), hence a rule over the table of `boundaries.ts`.
 */
import { join, relative, sep } from "node:path";
import { BOUNDARIES, BULLMQ_FORBIDDEN, BULLMQ_IMPORTS, HOMES } from "./boundaries.ts";

interface Node {
  type: string;
  [key: string]: unknown;
}

interface Context {
  filename: string;
  report(problem: { node: unknown; message: string }): void;
}

type Visitor = Record<string, (node: never) => void>;

const TEST_FILE = /\.(test|spec)\.tsx?$|\/(test|testing)\//;
// Not the working directory: a task runner calls oxlint inside a package.
const root = join(import.meta.dirname, "../..");
const pathOf = (context: Context) => relative(root, context.filename).split(sep).join("/");
const within = (path: string, folder: string) => path.startsWith(`${folder}/`);
const moduleOf = (source: string) =>
  source
    .split("/")
    .slice(0, source.startsWith("@") ? 2 : 1)
    .join("/");

/** Why `path` may not import `source`, or null when it may. */
export function refusal(path: string, source: string): string | null {
  const boundary = BOUNDARIES.find((b) => within(path, b.folder));
  if (!boundary) return null;
  if (source.startsWith(".")) {
    const crosses = /^(\.\.\/)+((apps|packages)\/)?(web|worker|cli|sdk|policy|db|queues|local)\/(src|test)\//.test(
      source,
    );
    return crosses ? `${boundary.folder} reaches into another package by path: import the package by its name.` : null;
  }
  if (TEST_FILE.test(path)) return null;
  const name = moduleOf(source);
  if (name.startsWith("@holdpoint/")) {
    if (source.endsWith("/testing")) return `${source} is for tests; production code may not import it.`;
    const allowed = boundary.packages.map((p) => `@holdpoint/${p}`);
    if (allowed.includes(name)) return null;
    return `${boundary.folder} may import ${allowed.join(", ") || "no package of this workspace"}, not ${name} (DESIGN, "who may import whom").`;
  }
  if (boundary.only && !boundary.only.includes(name)) {
    return `${boundary.folder} is pure: it imports ${boundary.only.join(", ")} and nothing else, not ${source}.`;
  }
  const homes = HOMES[name];
  if (homes && !homes.includes(boundary.folder)) return `Only ${homes.join(", ")} may import ${name}.`;
  const shown = within(path, "apps/web") && (path.endsWith(".tsx") || within(path, "apps/web/src/app"));
  if (shown && name === "pg") return "Pages and components hold no SQL: put it in features/<noun>/queries.ts.";
  return null;
}

const boundaries = {
  create(context: Context): Visitor {
    const check = (node: { source?: { value?: unknown } | null }) => {
      const source = node.source?.value;
      if (typeof source !== "string") return;
      const message = refusal(pathOf(context), source);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

const bullmqMembers = {
  create(context: Context): Visitor {
    if (!within(pathOf(context), "packages/queues/src")) return {};
    return {
      ImportDeclaration(node: { source: { value: string }; importKind?: string; specifiers: Node[] }) {
        if (node.source.value !== "bullmq" || node.importKind === "type") return;
        for (const specifier of node.specifiers) {
          const name = (specifier["imported"] as { name?: string } | undefined)?.name ?? specifier.type;
          if (specifier["importKind"] === "type" || BULLMQ_IMPORTS.includes(name)) continue;
          context.report({
            node: specifier,
            message: `Of bullmq only ${BULLMQ_IMPORTS.join(", ")} and types are used, not ${name}.`,
          });
        }
      },
      MemberExpression(node: { property: { name?: string }; computed: boolean }) {
        if (node.computed || !BULLMQ_FORBIDDEN.has(node.property.name ?? "")) return;
        context.report({
          node,
          message: `.${node.property.name} is BullMQ's state: use add, addBulk, getJob (existence) and close; Postgres keeps the rest (HAZARDS 14).`,
        });
      },
    };
  },
};

const noDoubleCast = {
  create(context: Context): Visitor {
    return {
      TSAsExpression(node: { expression: { type: string; typeAnnotation?: { type: string } } }) {
        if (node.expression.type !== "TSAsExpression") return;
        if (node.expression.typeAnnotation?.type !== "TSUnknownKeyword") return;
        context.report({ node, message: "`as unknown as` gives the type up: parse the value, or write a type guard." });
      },
    };
  },
};

const envOnce = {
  create(context: Context): Visitor {
    const path = pathOf(context);
    if (TEST_FILE.test(path) || /(^|\/)env\.ts$|\.config\.ts$/.test(path)) return {};
    return {
      // One variable read by name. The whole environment may be passed on: to env.ts, or to a child process.
      MemberExpression(node: { object: { object?: { name?: string }; property?: { name?: string } } }) {
        if (node.object.object?.name !== "process" || node.object.property?.name !== "env") return;
        context.report({ node, message: "Configuration is read once, in env.ts; everything else receives values." });
      },
    };
  },
};

const SQL = /^\s*(select\s[\s\S]+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\()/i;

const noSqlInPages = {
  create(context: Context): Visitor {
    const path = pathOf(context);
    if (!within(path, "apps/web/src") || TEST_FILE.test(path)) return {};
    if (!path.endsWith(".tsx") && !within(path, "apps/web/src/app")) return {};
    const check = (node: unknown, text: unknown) => {
      if (typeof text === "string" && SQL.test(text)) {
        context.report({ node, message: "Pages and components hold no SQL: put it in features/<noun>/queries.ts." });
      }
    };
    return {
      Literal: (node: { value: unknown }) => check(node, node.value),
      TemplateElement: (node: { value: { raw: string } }) => check(node, node.value.raw),
    };
  },
};

export default {
  meta: { name: "holdpoint" },
  rules: {
    boundaries,
    "bullmq-members": bullmqMembers,
    "no-double-cast": noDoubleCast,
    "env-once": envOnce,
    "no-sql-in-pages": noSqlInPages,
  },
};
