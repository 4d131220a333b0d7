import { z } from "zod";

/** The eight error codes and the HTTP status each one answers with. */
export const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  refused: 422,
  unavailable: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;
export const ERROR_CODES = Object.keys(HTTP_STATUS) as readonly ErrorCode[];

/** The one error shape, in API bodies, in the CLI's `--json` and in the detail of SQL's PT errors. */
export const errorJsonSchema = z.object({
  code: z.enum([
    "invalid",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "refused",
    "unavailable",
    "internal",
  ]),
  reason: z.string().regex(/^[a-z][a-z0-9_]*$/),
  message: z.string(),
  field: z.string().nullish(),
  remedy: z.string().nullish(),
});

export interface ErrorJson {
  code: ErrorCode;
  reason: string;
  message: string;
  field?: string;
  remedy?: string;
}

export interface ErrorFacts {
  field?: string | null;
  remedy?: string | null;
  /** Whether the same call may succeed later; by default only `unavailable` may. */
  retryable?: boolean;
  cause?: unknown;
}

/** Every refusal and failure that crosses a boundary. `reason` is an open list in snake_case. */
export class HoldpointError extends Error {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly field: string | undefined;
  readonly remedy: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, reason: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "HoldpointError";
    this.code = code;
    this.reason = reason;
    this.field = facts.field ?? undefined;
    this.remedy = facts.remedy ?? undefined;
    this.retryable = facts.retryable ?? code === "unavailable";
  }

  /** The status of an HTTP answer that carries this error. */
  get status(): number {
    return HTTP_STATUS[this.code];
  }

  toJSON(): ErrorJson {
    const json: ErrorJson = { code: this.code, reason: this.reason, message: this.message };
    if (this.field !== undefined) json.field = this.field;
    if (this.remedy !== undefined) json.remedy = this.remedy;
    return json;
  }
}

/**
 * Reads an error of ours from a value (the object, or its JSON as text: SQL's detail, a response's body or its
 * `error` member). Null when it is something else; never throws.
 */
export function parseHoldpointError(value: unknown, facts: Pick<ErrorFacts, "cause"> = {}): HoldpointError | null {
  const parsed = errorJsonSchema.safeParse(typeof value === "string" ? parseJson(value) : unwrap(value));
  if (!parsed.success) return null;
  const { code, reason, message, field, remedy } = parsed.data;
  return new HoldpointError(code, reason, message, { field, remedy, ...facts });
}

/** The code that an HTTP status or an SQLSTATE `PTnnn` stands for; null for one that is not ours. */
export function codeOfStatus(status: number | string): ErrorCode | null {
  const number = typeof status === "string" ? Number(/^PT(\d{3})$/.exec(status)?.[1]) : status;
  return ERROR_CODES.find((code) => HTTP_STATUS[code] === number) ?? null;
}

function parseJson(text: string): unknown {
  try {
    return unwrap(JSON.parse(text));
  } catch {
    return null;
  }
}

function unwrap(value: unknown): unknown {
  return value !== null && typeof value === "object" && "error" in value && !("code" in value) ? value.error : value;
}
