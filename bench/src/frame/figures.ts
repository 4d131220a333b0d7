/** The middle value; the lower of the two middle ones of an even count. NaN of nothing. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that `p` percent of the values do not exceed. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * p) / 100) - 1)] ?? Number.NaN;
}

/** Three significant digits are more than a machine under load can promise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export type Figure = number | string | boolean | null | Figure[] | { [name: string]: Figure };
export type Figures = { [name: string]: Figure };

/** What each benchmark answers. `figures` and `settings` hold plain JSON. */
export interface BenchResult {
  readonly name: string;
  readonly figures: Figures;
  readonly settings: Figures;
}
