import { withoutReplay } from "./replay.ts";

/** What of a job can be compared with another, as public.job_comparison() answers. */
export interface ComparableJob {
  readonly id: string;
  readonly type: string;
  readonly type_version: number;
  readonly venture: string;
  readonly state: string;
  readonly payload: unknown;
  readonly refs: unknown;
  readonly size: string;
  readonly tier: string | null;
  readonly rule: string | null;
  readonly policy_version: number | null;
  readonly ceiling_microusd: number;
  readonly cost_microusd: number;
  readonly run_no: number;
  readonly retries_used: number;
  readonly losses: number;
  readonly code_hash: string | null;
  readonly worker: string | null;
  readonly worker_version: string | null;
  readonly host: string | null;
  readonly isolation: string | null;
  readonly started_at: string | null;
  readonly run_ended_at: string | null;
  readonly outcome: string | null;
  readonly error_class: string | null;
  readonly error_message: string | null;
  readonly result_sha256: string | null;
  readonly steps: readonly { name: string; ms: number; result_sha256: string }[];
  readonly effects: readonly {
    key: string;
    kind: string;
    outcome: string;
    dry_run: boolean;
    cost_microusd: number | null;
  }[];
}

export const COMPARED_GROUPS = [
  "inputs",
  "versions",
  "where",
  "steps",
  "effects",
  "times",
  "spend",
  "outcome",
] as const;
export type ComparedGroup = (typeof COMPARED_GROUPS)[number];

export interface ComparedFact {
  readonly group: ComparedGroup;
  /** E.g. "payload.urls[0]", "step fetch". */
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
  readonly same: boolean;
}

export interface Comparison {
  readonly facts: readonly ComparedFact[];
  /** The first fact that differs, by how near it is to a cause: inputs, versions, where, then what came of it. Null: none. */
  readonly first: ComparedFact | null;
}

/** Times always differ; two this near by are told but are no difference. */
const SLOWER = 3;
const MAX_FACTS = 500;

/** Compares two jobs fact by fact, causes before consequences. Pure; comparing a job with itself finds nothing. */
export function compareJobs(a: ComparableJob, b: ComparableJob): Comparison {
  const facts = [
    ...plain("inputs", a, b, ["type", "venture"]),
    ...leaves("payload", a.payload, b.payload),
    ...leaves("refs", withoutReplay(a.refs) ?? {}, withoutReplay(b.refs) ?? {}),
    ...plain("versions", a, b, [
      "type_version",
      "code_hash",
      "worker_version",
      "policy_version",
      "rule",
      "tier",
      "size",
      "ceiling_microusd",
    ]),
    ...plain("where", a, b, ["host", "isolation"]),
    { ...fact("where", "worker", a.worker, b.worker), same: true },
    ...listed("steps", a.steps, b.steps, (step) => [`step ${step.name}`, step.result_sha256.slice(0, 12)]),
    ...listed("effects", a.effects, b.effects, (one) => [
      `effect ${one.key}`,
      `${one.kind} ${one.outcome}${one.dry_run ? " (dry run)" : ""}`,
    ]),
    ...times(a, b),
    ...plain("spend", a, b, ["cost_microusd"]),
    ...plain("outcome", a, b, [
      "state",
      "outcome",
      "error_class",
      "error_message",
      "run_no",
      "retries_used",
      "losses",
      "result_sha256",
    ]),
  ].slice(0, MAX_FACTS);
  return { facts, first: facts.find((one) => !one.same) ?? null };
}

function plain(
  group: ComparedGroup,
  a: ComparableJob,
  b: ComparableJob,
  names: readonly (keyof ComparableJob)[],
): ComparedFact[] {
  return names.map((name) => fact(group, name, said(a[name]), said(b[name])));
}

function fact(group: ComparedGroup, name: string, a: string | null, b: string | null): ComparedFact {
  return { group, name, a, b, same: a === b };
}

function said(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? null);
}

/** Each leaf of two JSON values, by its path; a path that only one has is null in the other. */
function leaves(root: string, a: unknown, b: unknown): ComparedFact[] {
  const inA = new Map(leavesOf(root, a));
  const inB = new Map(leavesOf(root, b));
  const paths = [...new Set([...inA.keys(), ...inB.keys()])].toSorted();
  return paths.map((path) => fact("inputs", path, inA.get(path) ?? null, inB.get(path) ?? null));
}

function leavesOf(path: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [[path, "[]"]];
    return value.flatMap((item, at) => leavesOf(`${path}[${at}]`, item));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return [[path, "{}"]];
    return entries.flatMap(([name, item]) => leavesOf(`${path}.${name}`, item));
  }
  return [[path, said(value) ?? "null"]];
}

function listed<T>(
  group: ComparedGroup,
  a: readonly T[],
  b: readonly T[],
  words: (one: T) => [string, string],
): ComparedFact[] {
  const inA = new Map(a.map(words));
  const inB = new Map(b.map(words));
  return [...new Set([...inA.keys(), ...inB.keys()])].map((name) =>
    fact(group, name, inA.get(name) ?? null, inB.get(name) ?? null),
  );
}

function times(a: ComparableJob, b: ComparableJob): ComparedFact[] {
  const of = (name: string, inA: number | null, inB: number | null): ComparedFact => {
    const near =
      inA === null || inB === null || Math.max(inA, inB, 1_000) <= SLOWER * Math.max(Math.min(inA, inB), 1_000);
    return {
      group: "times",
      name,
      a: inA === null ? null : `${inA} ms`,
      b: inB === null ? null : `${inB} ms`,
      same: near,
    };
  };
  const inB = new Map(b.steps.map((step) => [step.name, step.ms]));
  const both = a.steps.flatMap((step) => {
    const other = inB.get(step.name);
    return other === undefined ? [] : [of(`time of step ${step.name}`, step.ms, other)];
  });
  return [of("time of the last run", lasted(a), lasted(b)), ...both];
}

function lasted(job: ComparableJob): number | null {
  if (job.started_at === null || job.run_ended_at === null) return null;
  return new Date(job.run_ended_at).getTime() - new Date(job.started_at).getTime();
}

/** "payload.url was "x", is "y"": the first difference for people, the older job first. Null: nothing differs. */
export function differenceWords({ first }: Comparison): string | null {
  if (first === null) return null;
  const cut = (text: string | null): string =>
    text === null ? "nothing" : text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return `${first.name.replaceAll("_", " ")}: was ${cut(first.b)}, is ${cut(first.a)}`;
}
