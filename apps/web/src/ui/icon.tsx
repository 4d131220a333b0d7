import type { IconName } from "./icon-names.ts";

/** An icon of the sprite. It says nothing to a screen reader: the word beside it does. */
export function Icon({ name, small = false, className = "" }: { name: IconName; small?: boolean; className?: string }) {
  return (
    <svg className={`i${small ? " s" : ""} ${className}`.trimEnd()} aria-hidden="true">
      <use href={`/icons.svg?v=1#${name}`} />
    </svg>
  );
}
