import { checkPolicy } from "@holdpoint/policy";
import type { Policy, PolicyProblem } from "@holdpoint/policy";
import canonicalize from "canonicalize";
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";

/** As large as the database takes it. */
export const MAX_POLICY_BYTES = 262_144;

/** What is wrong with a policy's text. Lines and columns count from 1. */
export interface SourceProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type PolicySource =
  | { readonly ok: true; readonly policy: Policy; /** What was written, as JSON. */ readonly document: unknown }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

/** Reads the text of a policy.yaml as a policy of this version. Pure; every problem comes with its line. */
export function readPolicySource(source: string, version: number): PolicySource {
  if (Buffer.byteLength(source) > MAX_POLICY_BYTES) {
    return no({ line: 1, column: 1, message: "a policy has at most 256 kB" });
  }
  const lines = new LineCounter();
  // No aliases, no custom tags: what is read here is what a person reads.
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, merge: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return no(...faults.map((fault) => ({ ...at(lines, fault.pos[0]), message: fault.message })));
  let input: unknown;
  try {
    input = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return no({ line: 1, column: 1, message: "aliases (*name) are not read: write it out" });
  }
  const checked = checkPolicy(input, version);
  if (checked.ok) return { ok: true, policy: checked.policy, document: input };
  const problems = checked.problems.map((problem) => ({
    ...at(lines, offsetOf(document, problem)),
    message: `${placeName(problem)}${problem.message}`,
  }));
  return no(...problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
}

/** A stored policy: one whose document is not what its text says is a problem, for people are shown the text. */
export function readStoredPolicy(version: number, source: string, document: unknown): PolicySource {
  const read = readPolicySource(source, version);
  if (read.ok && canonicalize(read.document) !== canonicalize(document)) {
    return no({ line: 1, column: 1, message: "it is stored with a document that its text does not say" });
  }
  return read;
}

function no(...problems: SourceProblem[]): PolicySource {
  return { ok: false, problems };
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Where the text of the path's end begins; of what is not there, its nearest surroundings. */
function offsetOf(document: Document, { path, atKey }: PolicyProblem): number {
  for (let length = path.length; length >= 0; length--) {
    const node = atKey && length === path.length ? keyAt(document, path) : nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return 0;
}

function nodeAt(document: Document, path: readonly PropertyKey[]): Node | null {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(found) ? found : null;
}

function keyAt(document: Document, path: readonly PropertyKey[]): Node | null {
  const map = nodeAt(document, path.slice(0, -1));
  const pair = isMap(map) ? map.items.find(({ key }) => isNode(key) && String(key) === path.at(-1)) : undefined;
  return pair !== undefined && isNode(pair.key) ? pair.key : null;
}

/** "rules[2].when.effects: ", so that a message says what it is about. */
function placeName({ path, atKey }: PolicyProblem): string {
  const shown = atKey ? path.slice(0, -1) : path;
  const text = shown.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "" : `${text.replace(/^\./, "")}: `;
}
