import { HoldpointError, nearestName, type ErrorCode } from "@holdpoint/policy";

/** The error for a name that is not one of the valid ones; it says which was probably meant, else what there is. */
export function unknownName(given: {
  what: string;
  field: string;
  name: string;
  valid: readonly string[];
  code?: ErrorCode;
  remedy?: string;
}): HoldpointError {
  const near = nearestName(given.name, given.valid);
  const some = given.valid.slice(0, 12).join(", ") + (given.valid.length > 12 ? ", …" : "");
  const hint = near ? ` Did you mean ${near}?` : given.valid.length > 0 ? ` There is: ${some}.` : " There is none yet.";
  const reason = `unknown_${given.what.replaceAll(" ", "_")}`;
  return new HoldpointError(given.code ?? "invalid", reason, `There is no ${given.what} "${given.name}".${hint}`, {
    field: given.field,
    remedy: given.remedy ?? null,
  });
}

/** The name itself when it is one of the valid ones; else throws `invalid` with the nearest. */
export function oneOf<T extends string>(what: string, field: string, name: string, valid: readonly T[]): T {
  const found = valid.find((one) => one === name);
  if (found === undefined) throw unknownName({ what, field, name, valid });
  return found;
}
