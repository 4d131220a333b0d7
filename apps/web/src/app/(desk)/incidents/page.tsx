import { randomUUID } from "node:crypto";
import Link from "next/link";
import { BulkPanel } from "../../../features/incidents/bulk-panel.tsx";
import { filterOf, filterWords } from "../../../features/incidents/filter.ts";
import { FilterForm } from "../../../features/incidents/filter-form.tsx";
import { IncidentList } from "../../../features/incidents/incident-list.tsx";
import { OperationsPanel } from "../../../features/incidents/operations-panel.tsx";
import { readIncidents, readOperations, readPreview } from "../../../features/incidents/queries.ts";
import { readJobTypes } from "../../../features/jobs/queries.ts";
import { atLeast, currentOperator, highestRole, myVentures, roleIn } from "../../../features/session/queries.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Incidents" };

export default async function IncidentsPage({ searchParams }: PageProps<"/incidents">) {
  const given = await searchParams;
  const filter = filterOf(given);
  const before = typeof given["before"] === "string" ? given["before"] : undefined;
  const [operator, ventures, types, page, operations] = await Promise.all([
    currentOperator(),
    myVentures(),
    readJobTypes(),
    readIncidents(filter, before),
    readOperations(),
  ]);
  const me = operator.ok ? operator.data : null;
  const mayAll = atLeast(roleIn(me, filter.venture ?? "fleet"), "approver");
  const preview = mayAll ? await readPreview(filter) : null;
  const next = page.ok ? page.data.next : null;
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Incidents</h1>
        <p className="t2">What is dead or in quarantine, and why. Nothing of it runs until a person decides.</p>
      </div>
      <Panel title="Waiting" aside={<span className="t2">{filterWords(filter)}</span>}>
        <FilterForm
          filter={filter}
          types={types.ok ? [...new Set(types.data.map((type) => type.name))] : []}
          ventures={ventures.ok ? ventures.data.map((venture) => venture.key) : []}
        />
        {page.ok ? (
          <IncidentList items={page.data.items} />
        ) : (
          <ErrorNote what="The incidents" error={page.error} at={page.at} />
        )}
        {next === null ? null : (
          <p className="pad">
            <Link
              className="link"
              href={`/incidents?${new URLSearchParams({ ...filter, before: next }).toString()}`}
              prefetch={false}
            >
              Older ones
            </Link>
          </p>
        )}
      </Panel>
      {preview?.ok === true ? (
        <BulkPanel key={preview.data.as_of} preview={preview.data} id={randomUUID()} words={filterWords(filter)} />
      ) : null}
      {preview?.ok === false ? (
        <Panel title="All that match">
          <ErrorNote what="The groups" error={preview.error} at={preview.at} />
        </Panel>
      ) : null}
      {preview === null ? (
        <p className="note">To decide many at once, choose a venture in which you are approver.</p>
      ) : null}
      {operations.ok ? (
        <OperationsPanel operations={operations.data} may={atLeast(highestRole(me), "approver")} />
      ) : (
        <Panel title="Operations on many">
          <ErrorNote what="The operations" error={operations.error} at={operations.at} />
        </Panel>
      )}
    </div>
  );
}
