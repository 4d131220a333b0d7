import canonicalize from "canonicalize";
import { sha256 } from "./hashes.ts";
import { PACK_FORMAT, proofPack } from "./pack-shape.ts";
import type { JobProof, ProofPack } from "./pack-shape.ts";

/** The bytes of a proof pack: canonical JSON (RFC 8785), the same for the same facts. */
export function packText(proof: JobProof): string {
  const content = { format: PACK_FORMAT, ...proof };
  return canonical({ ...content, sha256: digestOf(content) });
}

/** The pack in a text, or what is wrong with the text. */
export function readPack(text: string): ProofPack | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const parsed = proofPack.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join(".") || "it"}: ${issue?.message ?? "has another shape"}`;
  }
  const { sha256: stated, ...content } = parsed.data;
  if (digestOf(content) !== stated) return "its sha256 is not that of its content";
  return canonical(value) === text ? parsed.data : "it is not canonical JSON (RFC 8785)";
}

function digestOf(content: object): string {
  return sha256(canonical(content)).toString("hex");
}

function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a proof pack is JSON");
  return text;
}
