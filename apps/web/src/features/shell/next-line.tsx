"use client";
import type { NextAction } from "@holdpoint/policy";
import Link from "next/link";
import { usePathname } from "next/navigation";

/** The next action in the header of every page but Now, which has it in full. */
export function NextLine({ action }: { action: NextAction }) {
  if (usePathname() === "/" || !action.button) return null;
  return (
    <span className="next cut">
      Next:{" "}
      <Link href={action.button.href} prefetch={false}>
        {action.sentence}
      </Link>
    </span>
  );
}
