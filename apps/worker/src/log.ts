import pino from "pino";

export type Log = pino.Logger;

/** The process's log: JSON lines on standard output, never with a secret's value. */
export function createLog(level: string, name: string): Log {
  return pino({
    level,
    base: { worker: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "key",
        "*.key",
        "url",
        "*.url",
        "password",
        "*.password",
        "token",
        "*.token",
        "authorization",
        "*.authorization",
        "connectionString",
        "*.connectionString",
      ],
      censor: "[redacted]",
    },
    serializers: { error: describeError },
  });
}

/** An error without what pg and ioredis hang on it (parameters, connection strings). */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: hideUrls(String(error)) };
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: hideUrls(error.message),
    ...(typeof code === "string" ? { code } : {}),
    stack: error.stack === undefined ? undefined : hideUrls(error.stack),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** Replaces the user and password part of URLs. */
export function hideUrls(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1[redacted]@");
}
