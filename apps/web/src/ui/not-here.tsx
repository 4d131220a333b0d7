import Link from "next/link";
import { EmptyNote, Panel } from "./panel.tsx";

/** For something that is not there, or that this person may not see: the same words, so that neither can be told apart. */
export function NotHere() {
  return (
    <div className="not-here">
      <div className="page-head">
        <h1>Not here</h1>
      </div>
      <Panel title="Nothing at this address">
        <EmptyNote title="There is nothing here that you can see.">
          <p className="t2">
            It may belong to a venture you are not a member of, its month may have been dropped by retention, or the
            address is wrong.
          </p>
          <p className="row">
            <Link className="btn small" href="/jobs" prefetch={false}>
              All jobs
            </Link>
            <Link className="btn small" href="/" prefetch={false}>
              Now
            </Link>
          </p>
        </EmptyNote>
      </Panel>
    </div>
  );
}
