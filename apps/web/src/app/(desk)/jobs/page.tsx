import Link from "next/link";
import { filterHref, parseFilter, type JobFilter } from "../../../features/jobs/filter.ts";
import { FilterForm } from "../../../features/jobs/filter-form.tsx";
import { readJobs, readJobTypes, type JobList } from "../../../features/jobs/queries.ts";
import { JobRows } from "../../../features/jobs/rows.tsx";
import { myVentures } from "../../../features/session/queries.ts";
import { readFacts } from "../../../features/shell/queries.ts";
import { Time } from "../../../live/time.tsx";
import { count, upTo } from "../../../ui/format.ts";
import { Icon } from "../../../ui/icon.tsx";
import { EmptyNote, ErrorNote } from "../../../ui/panel.tsx";
import type { JobState } from "@holdpoint/policy";

export const metadata = { title: "Jobs" };

const VIEWS: readonly (readonly [name: string, state: JobState | null])[] = [
  ["All", null],
  ["Running", "running"],
  ["Queued", "queued"],
  ["Held", "held"],
  ["Dead", "dead"],
  ["Quarantined", "quarantined"],
  ["Succeeded", "succeeded"],
  ["Canceled", "canceled"],
  ["Refused", "refused"],
];

export default async function JobsPage({ searchParams }: PageProps<"/jobs">) {
  const filter = parseFilter(await searchParams);
  const facts = await readFacts();
  const workers = new Map(facts.ok ? facts.data.workers.map((worker) => [worker.id, worker.name]) : []);
  const leaseMs = facts.ok ? facts.data.settings.lease_ms : 300_000;
  const [jobs, types, ventures] = await Promise.all([readJobs(filter, leaseMs, workers), readJobTypes(), myVentures()]);
  return (
    <div className="jb">
      <div className="jh">
        <h1>Jobs</h1>
        <nav className="tabs" aria-label="Views by state">
          {VIEWS.map(([name, state]) => (
            <Link
              key={name}
              href={filterHref(filter, { states: state ? [state] : undefined })}
              prefetch={false}
              aria-current={filter.states?.[0] === (state ?? undefined) ? "page" : undefined}
            >
              {name}{" "}
              {facts.ok && state && state in facts.data.counts ? (
                <Count n={facts.data.counts[state as keyof typeof facts.data.counts]} />
              ) : null}
            </Link>
          ))}
        </nav>
      </div>
      <div className="fb">
        <FilterForm
          states={filter.states?.join(",")}
          type={filter.type}
          venture={filter.venture}
          types={types.ok ? types.data.map((type) => type.name) : []}
          ventures={ventures.ok ? ventures.data.map(({ key, name }) => ({ key, name })) : []}
        />
      </div>
      <div className="tw">
        {jobs.ok ? (
          <List list={jobs.data} filter={filter} />
        ) : (
          <ErrorNote what="The list of jobs" error={jobs.error} at={jobs.at} />
        )}
      </div>
      {jobs.ok ? <Foot list={jobs.data} filter={filter} at={jobs.at} /> : null}
    </div>
  );
}

function Count({ n }: { n: number }) {
  return <span className="c">{upTo(n)}</span>;
}

function List({ list, filter }: { list: JobList; filter: JobFilter }) {
  if (list.rows.length > 0)
    return (
      <JobRows rows={list.rows} freshForMs={list.freshForMs} listKey={filterHref(filter, { before: filter.before })} />
    );
  if (list.cut) {
    return (
      <EmptyNote title="None match among the 10,000 jobs that were searched.">
        <p className="t2">Older ones may. Go on from where the search stopped, or search for less.</p>
      </EmptyNote>
    );
  }
  const filtered = filter.states ?? filter.type ?? filter.venture ?? filter.before;
  if (filtered) {
    return (
      <EmptyNote title="No job matches.">
        <Link className="btn small" href="/jobs" prefetch={false}>
          <Icon name="x" small />
          Clear the filter
        </Link>
      </EmptyNote>
    );
  }
  return (
    <EmptyNote title="No job was ever submitted.">
      <p className="t2">Submit the first one from a terminal:</p>
      <code className="cmd">npx holdpoint submit health_scan --venture holdpoint --wait</code>
    </EmptyNote>
  );
}

function Foot({ list, filter, at }: { list: JobList; filter: JobFilter; at: number }) {
  const n = count(list.rows.length);
  return (
    <div className="pf">
      <span className="t2 cap">
        {filter.before ? `${n} older` : `Newest ${n}`}
        {list.cut ? ", searched 10,000 and stopped" : list.next === null ? ", all there are" : ""}, as of{" "}
        <Time at={at} form="clock" />
      </span>
      <span className="end row">
        {filter.before ? (
          <Link className="btn small" href={filterHref(filter)} prefetch={false}>
            Newest
          </Link>
        ) : null}
        {list.next ? (
          <Link className="btn small" href={filterHref(filter, { before: list.next })} prefetch={false}>
            Older
          </Link>
        ) : null}
      </span>
    </div>
  );
}
