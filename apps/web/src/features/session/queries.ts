import "server-only";
import { OPERATOR_ROLES, type OperatorRole } from "@holdpoint/policy";
import { listVentures, whoami, type Identity, type Venture } from "@holdpoint/db/people";
import { redirect } from "next/navigation";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** Who is signed in, once per request. Sends people to /login or to the password form where they belong there. */
export const currentOperator = cache(async (): Promise<Result<Identity>> => {
  const result = await attempt(async () => whoami(await operatorClient()));
  if (!result.ok && (result.error.code === "unauthenticated" || result.error.code === "forbidden")) {
    redirect(`/login?ended=${result.error.reason}`);
  }
  if (result.ok && result.data.must_change) redirect("/password");
  return result;
});

/** The ventures of this person, once per request. */
export const myVentures = cache(async (): Promise<Result<Venture[]>> =>
  attempt(async () => listVentures(await operatorClient())),
);

/** The operator's role in a venture: the higher of its own and the one in the fleet. Null: none. */
export function roleIn(operator: Identity | null, venture: string): OperatorRole | null {
  const ranks = (operator?.memberships ?? [])
    .filter((one) => one.venture === venture || one.venture === "fleet")
    .map((one) => OPERATOR_ROLES.indexOf(one.role));
  return OPERATOR_ROLES[Math.max(-1, ...ranks)] ?? null;
}

/** The highest role anywhere: what decides whether a control makes sense at all. */
export function highestRole(operator: Identity | null): OperatorRole | null {
  const ranks = (operator?.memberships ?? []).map((one) => OPERATOR_ROLES.indexOf(one.role));
  return OPERATOR_ROLES[Math.max(-1, ...ranks)] ?? null;
}

export function atLeast(role: OperatorRole | null, needed: OperatorRole): boolean {
  return role !== null && OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}
