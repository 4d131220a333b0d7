"use client";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { Icon } from "./icon.tsx";

/** Reads the page again. A plain link before scripts have loaded. */
export function Reload({ children = "Retry" }: { children?: string }) {
  const router = useRouter();
  const [pending, start] = useTransition();
  return (
    <a
      className="btn small"
      href=""
      aria-busy={pending}
      onClick={(event) => {
        event.preventDefault();
        start(() => router.refresh());
      }}
    >
      <Icon name="rotate-ccw" small />
      {children}
    </a>
  );
}
