import Link from "next/link";
import { EmptyNote, Panel } from "../../ui/panel.tsx";

export default function NotFound() {
  return (
    <>
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
    </>
  );
}
