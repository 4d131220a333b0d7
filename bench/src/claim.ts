import type { BenchResult } from "./frame/figures.ts";
import type { Postgres, RedisServer } from "./frame/servers.ts";
export async function claim(
  _p: Postgres,
  _r: RedisServer | null,
  _o: { rows: number; rounds: number; flood: number; say: (line: string) => void },
): Promise<BenchResult> {
  return { name: "claim", figures: {}, settings: {} };
}
