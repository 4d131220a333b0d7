export * from "./anchor-file.ts";
export * from "./break.ts";
export * from "./checkpoint.ts";
export { headBytes, leafHash, merkleRoot, rootOfPath, sha256 } from "./hashes.ts";
export { packText } from "./pack.ts";
export { jobProof } from "./pack-shape.ts";
export type { JobProof, ProofPack } from "./pack-shape.ts";
export * from "./verify-database.ts";
export * from "./verify-pack.ts";
