export * from "./anchor-file.ts";
export * from "./break.ts";
export * from "./checkpoint.ts";
export { headBytes, leafHash, merkleRoot, rootOfPath, sha256 } from "./hashes.ts";
export * from "./verify-database.ts";
