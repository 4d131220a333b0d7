import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface ArtifactRecord {
  jobId: string;
  token: string;
  name: string;
  mediaType: string;
  bytes: number;
  sha256: string;
  /** Relative to the artifact store. */
  path: string;
  facts: unknown;
}

/** Records a file that lies in the artifact store already. PT409 when the token is not current. */
export function saveArtifact(db: Queryable, caller: Caller, artifact: ArtifactRecord): Promise<string> {
  return scalar(
    db,
    "save_artifact",
    "select holdpoint.save_artifact($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as value",
    [
      caller.id,
      caller.key,
      artifact.jobId,
      artifact.token,
      artifact.name,
      artifact.mediaType,
      artifact.bytes,
      artifact.sha256,
      artifact.path,
      json(artifact.facts ?? {}),
    ],
  );
}
