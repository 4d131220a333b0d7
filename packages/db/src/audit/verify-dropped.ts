import type pg from "pg";
import { z } from "zod";
import { streamBreak } from "./break.ts";
import type { Break } from "./break.ts";
import { headBytes, leafHash, merkleRoot } from "./hashes.ts";
import { RowReader } from "./row-reader.ts";

/** A month of jobs that retention dropped, as its event tells. */
export interface DroppedMonth {
  month: string;
  jobs: number;
  at: string;
  /** Who last set how long jobs are kept. */
  set_by: string | null;
  retention_months: number | null;
}

const body = z.object({
  stream: z.string(),
  seq: z.int(),
  at: z.int(),
  data: z.object({
    month: z.string(),
    jobs: z.int(),
    root: z.string(),
    set_by: z.string().nullable(),
    retention_months: z.int().nullable(),
  }),
});

/** The last hashes that were kept of each dropped month are those whose root its event names. */
export async function verifyDropped(client: pg.ClientBase, tell: (found: Break) => void): Promise<DroppedMonth[]> {
  const { rows } = await client.query<{ body: string }>(
    "select body from public.venture_events where type = 'month.dropped' order by at, stream, seq",
  );
  const told = new Map(
    rows.map((row) => {
      const event = body.parse(JSON.parse(row.body));
      return [event.data.month, event] as const;
    }),
  );
  const kept = await keptRoots(client);
  for (const month of new Set([...told.keys(), ...kept.keys()])) {
    const event = told.get(month);
    const found = kept.get(month);
    const expected = event ? `${event.data.jobs} jobs, root ${event.data.root}` : "no such dropped month";
    const there = found ? `${found.jobs} jobs, root ${found.root}` : "none";
    if (expected !== there && !(event?.data.jobs === 0 && !found)) {
      tell(
        streamBreak("dropped_month_differs", event?.stream ?? "", event?.seq ?? null, expected, `${month}: ${there}`),
      );
    }
  }
  return [...told.values()].map(({ at, data }) => ({
    month: data.month,
    jobs: data.jobs,
    at: new Date(at / 1000).toISOString(),
    set_by: data.set_by,
    retention_months: data.retention_months,
  }));
}

async function keptRoots(client: pg.ClientBase): Promise<Map<string, { jobs: number; root: string }>> {
  const text = `select to_char(h.month, 'YYYY-MM'), h.stream, h.seq, h.hash from holdpoint.stream_heads h
    join holdpoint.dropped_months m on m.month = h.month and m.dropped_at is not null order by h.month, h.stream`;
  const heads = await RowReader.open(client, "dropped_heads", { text, values: [] }, headRow);
  const roots = new Map<string, { jobs: number; root: string }>();
  while (heads.next) {
    const { month } = heads.next;
    const leaves: Buffer[] = [];
    while (heads.next?.month === month) {
      leaves.push(heads.next.leaf);
      if (heads.advance()) await heads.fill();
    }
    roots.set(month, { jobs: leaves.length, root: merkleRoot(leaves)?.toString("hex") ?? "" });
  }
  await heads.close();
  return roots;
}

function headRow(values: unknown[]): { month: string; leaf: Buffer } {
  const [month, stream, seq, hash] = values as [string, string, number, Buffer];
  return { month, leaf: leafHash(headBytes(stream, seq, hash)) };
}
