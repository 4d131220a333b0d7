import { SignInForm } from "../../../features/session/sign-in-form.tsx";
import { safePath } from "../../../server/form.ts";

export const metadata = { title: "Sign in" };

export default async function LoginPage({ searchParams }: PageProps<"/login">) {
  const { next, ended } = await searchParams;
  return (
    <>
      {ended === "not_an_operator" ? (
        <p className="t2" role="status">
          Your session has ended, or this account is not an active operator. Sign in again, or ask an admin to add you.
        </p>
      ) : null}
      <SignInForm next={safePath(typeof next === "string" ? next : "/")} />
      <p className="note">There is no sign-up: an admin makes operators with “holdpoint operator create”.</p>
    </>
  );
}
