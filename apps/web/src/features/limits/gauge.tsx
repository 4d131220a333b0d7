import { count } from "../../ui/format.ts";

/** How much of a limit is taken, as a number and as a bar. */
export function Gauge({ used, max, per = "" }: { used: number; max: number; per?: string }) {
  const share = max === 0 ? 100 : Math.min(100, (100 * used) / max);
  return (
    <span className="gauge">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect className="fl" width="100" height="6" />
        <rect className="f2" width={share} height="6" />
      </svg>
      <span>
        <b>{count(used)}</b> of {count(max)}
        {per}
      </span>
    </span>
  );
}
