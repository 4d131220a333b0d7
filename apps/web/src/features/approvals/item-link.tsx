"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

/** One item of the list; the open one is marked. */
export function ItemLink({ id, children }: { id: string; children: ReactNode }) {
  const href = `/approvals/${id}`;
  return (
    <Link href={href} prefetch={false} data-row aria-current={usePathname() === href ? "true" : undefined}>
      {children}
    </Link>
  );
}
