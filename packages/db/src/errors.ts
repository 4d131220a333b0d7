import { HoldpointError, codeOfStatus, parseHoldpointError } from "@holdpoint/policy";
import type { ErrorCode } from "@holdpoint/policy";

/** SQLSTATEs after which the same call may be repeated as it was: deadlock, lock not available, serialization. */
const CONTENTION = new Set(["40P01", "55P03", "40001"]);
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);

interface Parts {
  code?: string;
  message: string;
  detail?: string;
  status?: number;
}

/**
 * Turns what pg or supabase-js threw into the one error shape. A HoldpointError passes unchanged. What the SQL
 * functions raise (PT4xx with JSON as detail) is read back whole; an unknown message of the database is kept as the
 * cause and not shown.
 */
export function toHoldpointError(error: unknown): HoldpointError {
  if (error instanceof HoldpointError) return error;
  const parts = read(error);
  const ours = parts.detail === undefined ? null : parseHoldpointError(parts.detail, { cause: error });
  if (ours !== null) return ours;
  const status = parts.code === undefined ? null : codeOfStatus(parts.code);
  if (status !== null) return new HoldpointError(status, reasonOf(status), parts.message, { cause: error });
  return fromSqlState(parts, error) ?? fromConnection(parts, error) ?? internal(error);
}

/** The SQLSTATE of a pg error, or null: connection troubles have none. */
export function sqlStateOf(error: unknown): string | null {
  const { code } = read(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Whether the database rolled the call back only because others were in its way. */
export function isContention(error: unknown): boolean {
  return CONTENTION.has(sqlStateOf(error) ?? "");
}

/**
 * Whether nobody can say if the call took effect: the connection broke, or the server shut down. The call may be
 * repeated when it is idempotent.
 */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === null) return !(error instanceof HoldpointError) || error.code === "unavailable";
  return state.startsWith("08") || state.startsWith("57P") || state === "57014" || state.startsWith("53");
}

function fromSqlState(parts: Parts, cause: unknown): HoldpointError | null {
  const state = parts.code ?? "";
  if (CONTENTION.has(state)) {
    return new HoldpointError("unavailable", "contention", "Others held the same rows; try again.", { cause });
  }
  if (state === "42501") return new HoldpointError("forbidden", "not_allowed", "This role may not do that.", { cause });
  if (state.startsWith("28") || /^PGRST30[0-3]$/.test(state)) {
    return new HoldpointError("unauthenticated", "not_signed_in", "The sign-in is missing, wrong or has run out.", {
      cause,
    });
  }
  if (state === "57014")
    return new HoldpointError("unavailable", "database_timeout", "The database took too long.", { cause });
  if (state === "53100") {
    return new HoldpointError("unavailable", "disk_full", "The database's disk is full.", {
      cause,
      remedy: "Free space on the database's disk.",
    });
  }
  if (/^(08|57P|53)/.test(state)) return unreachable(cause);
  if (/^(42883|42P01|3F000|PGRST202|PGRST205)$/.test(state)) {
    return new HoldpointError(
      "unavailable",
      "schema_missing",
      "The database lacks a table or function this version needs.",
      {
        cause,
        remedy: "Apply the migrations (`holdpoint setup`).",
      },
    );
  }
  return null;
}

function fromConnection(parts: Parts, cause: unknown): HoldpointError | null {
  if (NETWORK.has(parts.code ?? "") || parts.status === 0) return unreachable(cause);
  if (/terminat|timeout|closed|fetch failed|not queryable|connection error/i.test(parts.message))
    return unreachable(cause);
  return null;
}

function unreachable(cause: unknown): HoldpointError {
  return new HoldpointError("unavailable", "database_unreachable", "The database cannot be reached.", { cause });
}

function internal(cause: unknown): HoldpointError {
  return new HoldpointError("internal", "unexpected", "Something unexpected went wrong; the log has it.", { cause });
}

const REASONS: Partial<Record<ErrorCode, string>> = { not_found: "not_found", forbidden: "not_allowed" };
function reasonOf(code: ErrorCode): string {
  return REASONS[code] ?? code;
}

/** Reads what is there; pg says `detail`, PostgREST says `details`, an AggregateError hides its first cause. */
function read(error: unknown): Parts {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  if (error instanceof AggregateError && error.errors.length > 0) return read(error.errors[0]);
  const own: { code?: unknown; message?: unknown; detail?: unknown; details?: unknown; status?: unknown } = error;
  const detail =
    typeof own.detail === "string" ? own.detail : typeof own.details === "string" ? own.details : undefined;
  return {
    message: typeof own.message === "string" ? own.message : "",
    ...(typeof own.code === "string" && own.code !== "" ? { code: own.code } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(typeof own.status === "number" ? { status: own.status } : {}),
  };
}
