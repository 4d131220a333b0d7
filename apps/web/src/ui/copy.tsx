"use client";
import { useState } from "react";
import { shortId } from "./format.ts";
import { Icon } from "./icon.tsx";

/** An id, shortened in the middle; copies whole. Without scripts the whole id is in its title. */
export function Id({ value, what }: { value: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" className="copy id" title={value} onClick={() => void copy()} data-copy={what}>
      <span className="sr">{copied ? `Copied ${what}` : `Copy ${what}`} </span>
      <span translate="no">{shortId(value)}</span>
      <Icon name={copied ? "check" : "copy"} small />
    </button>
  );
}
