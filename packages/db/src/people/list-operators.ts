import { z } from "zod";
import { answer } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const row = z.object({
  user_id: z.string(),
  email: z.string(),
  active: z.boolean(),
  must_change: z.boolean(),
  created_at: instant,
});
const member = z.object({
  user_id: z.string(),
  venture: z.string(),
  role: z.enum(["viewer", "approver", "admin"]),
});

export const operator = row.extend({ memberships: z.array(member.omit({ user_id: true })) });
export type Operator = z.output<typeof operator>;

/** The operators and their roles, by e-mail: all of them for an admin of the fleet, else only oneself. */
export async function listOperators(client: PeopleClient): Promise<Operator[]> {
  const people = client.from("operators").select(Object.keys(row.shape).join(",")).order("email").limit(1000);
  const roles = client.from("memberships").select("user_id,venture,role").order("venture").limit(1000);
  const [operators, memberships] = await Promise.all([
    answer(people, z.array(row), "operators"),
    answer(roles, z.array(member), "memberships"),
  ]);
  return operators.map((one) => ({
    ...one,
    memberships: memberships
      .filter((membership) => membership.user_id === one.user_id)
      .map(({ venture, role }) => ({ venture, role })),
  }));
}
