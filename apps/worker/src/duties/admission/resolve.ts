import { BadInputError, errorClassOf, jsonOf, messageOf } from "@holdpoint/sdk";
import type { VentureFacts } from "@holdpoint/sdk";
import type { CataloguedType } from "../../handlers/catalogue.ts";
import type { References } from "./decide.ts";

const LIMIT_MS = 30_000;

export type Resolution = References | { readonly kind: "later"; readonly message: string };

/**
 * Asks the type to resolve its references. Bad input is an answer (refused); anything else that goes wrong may be
 * over later. Takes at most 30 s, also when the type's code ignores its signal.
 */
export async function resolveReferences(
  type: CataloguedType,
  payload: unknown,
  venture: VentureFacts,
  signal: AbortSignal,
): Promise<Resolution> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const refs: unknown = await Promise.race([
      type.definition.resolve(payload, { venture, signal: limit }),
      aborted(limit),
    ]);
    return { kind: "resolved", refs: jsonOf(refs, `The references of ${type.definition.name}`) };
  } catch (error) {
    const kind = errorClassOf(error);
    if (kind === "bad_input" || kind === "unsafe") {
      const field = error instanceof BadInputError ? (error.field ?? null) : null;
      return { kind: "refused", field, message: messageOf(error) };
    }
    return { kind: "later", message: messageOf(error) };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("It took longer than 30 s.")), { once: true });
  });
}
