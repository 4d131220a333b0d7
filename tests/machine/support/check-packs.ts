import { jobProof, packText, verifyPack } from "@holdpoint/db/audit";
import type { TestDatabase } from "@holdpoint/local/testing";

const MOST = 15;

/** The proof pack of each job (of the newest, when there are many) holds by itself; answers what is wrong. */
export async function checkPacks(db: TestDatabase): Promise<string[]> {
  const jobs = await db.query<{ proof: unknown }>(
    "select holdpoint.proof_of(j) as proof from public.jobs j order by j.id desc limit $1",
    [MOST],
  );
  return jobs.flatMap(({ proof }) => {
    const { job, breaks } = verifyPack(packText(jobProof.parse(proof)), null);
    return breaks.map((one) => `proof of ${job?.id}: ${one.kind}: ${one.expected} / ${one.found}`);
  });
}
