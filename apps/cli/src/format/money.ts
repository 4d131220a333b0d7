/** The most a job may cost: "free", or as money. */
export function ceiling(microusd: number): string {
  return microusd === 0 ? "free" : money(microusd);
}

/** Micro-dollars as "$1.25"; below a cent with as many digits as it needs. */
export function money(microusd: number): string {
  const dollars = microusd / 1_000_000;
  return Math.abs(dollars) >= 0.01 || microusd === 0 ? `$${dollars.toFixed(2)}` : `$${dollars.toFixed(6)}`;
}
