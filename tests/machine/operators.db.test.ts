/** Operators and roles: who may make whom what, that it holds at once, and that one admin of the fleet always stays. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

let scene: Scene;
let admin: Person;
beforeEach(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => "none",
    (error: unknown) => toHoldpointError(error).reason,
  );
const account = async (email: string) => {
  await scene.db.query("insert into auth.users (id, email) values ($1, $2)", [randomUUID(), email]);
};
const lastEvent = async (venture: string) => {
  const [row] = await scene.db.query<{ type: string; data: object }>(
    "select type, body::jsonb -> 'data' as data from public.venture_events where venture = $1 order by seq desc limit 1",
    [venture],
  );
  return row;
};

it("an account becomes an operator by an invitation only, each venture's admin for its own", async () => {
  await account("ana@example.test");
  expect(await reasonOf(admin.call("invite_operator", "bo@example.test", "acme", "viewer"))).toBe("no_account");
  expect(await reasonOf(admin.call("invite_operator", "not an address", "acme", "viewer"))).toBe("bad_email");
  expect(await reasonOf(admin.call("invite_operator", "ana@example.test", "acme", "king"))).toBe("unknown_role");
  expect(await reasonOf(admin.call("invite_operator", "ana@example.test", "nowhere", "viewer"))).toBe(
    "unknown_venture",
  );
  const own = await scene.signIn("admin", "acme");
  expect(await reasonOf(own.call("invite_operator", "ana@example.test", "fleet", "admin"))).toBe("role_too_low");
  expect(await own.call("invite_operator", "Ana@Example.test", "acme", "approver")).toMatchObject({ new: true });
  expect(await lastEvent("acme")).toMatchObject({ type: "operator.invited", data: { operator: "ana@example.test" } });
  expect(await reasonOf(own.call("invite_operator", "ana@example.test", "acme", "viewer"))).toBe("operator_exists");
  expect(await admin.call("invite_operator", "ana@example.test", "fleet", "viewer")).toMatchObject({ new: false });
});

it("a changed role holds at once, and is in the venture's stream", async () => {
  const person = await scene.signIn("viewer", "acme");
  const pause = () => reasonOf(person.call("pause_work", "venture", "acme", "a test"));
  expect(await pause()).toBe("role_too_low");
  await admin.call("set_operator_role", person.email, "acme", "approver");
  expect(await pause()).toBe("none");
  expect(await lastEvent("acme")).toMatchObject({ type: "work.paused" });
  expect(await admin.call("set_operator_role", person.email, "acme", "none")).toMatchObject({ before: "approver" });
  expect(await lastEvent("acme")).toEqual({
    type: "operator.role_changed",
    data: { operator: person.email, from: "approver", to: "none" },
  });
  expect(await pause()).toBe("unknown_venture");
  expect(await reasonOf(admin.call("set_operator_role", "nobody@example.test", "acme", "viewer"))).toBe(
    "unknown_operator",
  );
});

it("deactivating ends what an operator may do and its sessions at once; activating gives the roles back", async () => {
  const person = await scene.signIn("approver");
  expect(await person.call("operator_sessions")).toMatchObject([{ current: true, email: person.email }]);
  expect(await admin.call("deactivate_operator", person.email, "left us")).toMatchObject({ sessions_ended: 1 });
  expect(await reasonOf(person.call("whoami"))).toBe("not_an_operator");
  expect(await reasonOf(admin.call("deactivate_operator", person.email))).toBe("already_inactive");
  expect(await admin.call("activate_operator", person.email)).toMatchObject({ active: true });
  expect(await reasonOf(admin.call("activate_operator", person.email))).toBe("already_active");
  // The ended session stays ended.
  expect(await reasonOf(person.call("whoami"))).toBe("not_an_operator");
});

it("the last admin of the fleet can't be deactivated or lose the role, also not by two at once", async () => {
  expect(await reasonOf(admin.call("deactivate_operator", admin.email))).toBe("last_admin");
  expect(await reasonOf(admin.call("set_operator_role", admin.email, "fleet", "approver"))).toBe("last_admin");
  await scene.signIn("admin", "acme");
  expect(await reasonOf(admin.call("set_operator_role", admin.email, "fleet", "none"))).toBe("last_admin");
  const other = await scene.signIn("admin");
  const answers = await meet(scene.db, "select from public.ventures where key = 'fleet' for no key update", [
    () => reasonOf(admin.call("deactivate_operator", other.email)),
    () => reasonOf(other.call("set_operator_role", admin.email, "fleet", "viewer")),
  ]);
  expect(answers[0]).toBe("none");
  expect(answers[1]).not.toBe("none");
  const [left] = await scene.db.query<{ n: number }>(
    "select count(*)::int as n from public.memberships m join public.operators o using (user_id) where m.venture = 'fleet' and m.role = 'admin' and o.active",
  );
  expect(left?.n).toBe(1);
});

it("sessions are one's own, and an admin's to end; a reset ends them all and asks for a new password", async () => {
  const person = await scene.signIn("viewer");
  const other = await scene.signIn("approver");
  expect(await reasonOf(other.call("operator_sessions", person.email))).toBe("role_too_low");
  expect(await reasonOf(other.call("end_operator_sessions", person.email))).toBe("role_too_low");
  expect(await reasonOf(person.call("end_operator_sessions", null, randomUUID()))).toBe("unknown_session");
  const [session] = await admin.call<{ id: string }[]>("operator_sessions", person.email);
  expect(await admin.call("end_operator_sessions", person.email, session?.id)).toMatchObject({ sessions_ended: 1 });
  expect(await reasonOf(person.call("whoami"))).toBe("not_an_operator");
  expect(await other.call("end_operator_sessions")).toMatchObject({ email: other.email, sessions_ended: 1 });
  expect(await reasonOf(other.call("operator_sessions"))).toBe("not_an_operator");
  expect(await admin.call("reset_operator_password", other.email)).toMatchObject({ email: other.email });
  const [row] = await scene.db.query("select must_change from public.operators where email = $1", [other.email]);
  expect(row).toEqual({ must_change: true });
});
