const MAX_LINE = 400;

/**
 * One line of Lite's output without what must not be in a log: it prints SQL errors with key values, and could print
 * tokens. Keeps enough to see which error it was.
 */
export function redactLine(line: string): string {
  return line
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[token]")
    .replaceAll(/\b(?:postgres(?:ql)?|https?):\/\/[^\s/@]+@/g, "[login]@")
    .replaceAll(/\$2[aby]\$\d\d\$[./\w]{20,}/g, "[hash]")
    .replaceAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[email]")
    .replaceAll(/\bKey \(([^)]*)\)=\(.*\)/g, "Key ($1)=([value])")
    .replaceAll(
      /\b(parameters|args|detail|where|query|password|secret|token|key)(['"]?\s*[:=]\s*).+/gi,
      "$1$2[removed]",
    )
    .replaceAll(/\b[\w+/=-]{24,}\b/g, "[long value]")
    .slice(0, MAX_LINE);
}
