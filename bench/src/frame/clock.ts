/** Milliseconds since 1970 with fractions. All processes of a benchmark run on one machine and compare these. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
