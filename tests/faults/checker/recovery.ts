import type { History, RecordedIncident, Violation } from "./history.ts";

/** Each dead or quarantined job has exactly one open record; every other has none, and each record one transition. */
export function checkIncidents(history: History): Violation[] {
  const byJob = Map.groupBy(history.incidents, (incident) => incident.jobId);
  const opening = Map.groupBy(
    history.jobEvents.filter((event) => event.type === "dead" || event.type === "quarantined"),
    (event) => event.stream,
  );
  return history.jobs.flatMap((job) => {
    const records = byJob.get(job.id) ?? [];
    const open = records.filter((record) => record.resolvedAt === null);
    const waits = job.state === "dead" || job.state === "quarantined";
    const found: Violation[] = [];
    const say = (finding: string) => found.push({ rule: "incidents", subject: job.id, finding });
    if (open.length !== (waits ? 1 : 0)) say(`it is ${job.state} and has ${open.length} open records`);
    if (open.some((record) => record.state !== job.state)) say(`its record says ${open[0]?.state}`);
    const times = opening.get(job.id)?.length ?? 0;
    if (records.length !== times) say(`it went there ${times} times and has ${records.length} records`);
    return found;
  });
}

/** An operation decides only what was there at its time and still waited, each once, and has ended when all is at rest. */
export function checkBulk(history: History): Violation[] {
  const incidents = new Map(history.incidents.map((incident) => [incident.id, incident]));
  const say = (subject: string, finding: string): Violation => ({ rule: "bulk", subject, finding });
  return history.operations.flatMap((operation) => {
    const found: Violation[] = [];
    if (operation.state === "running") found.push(say(operation.id, "it is still running, and nothing moves any more"));
    for (const item of operation.items) {
      const incident = incidents.get(item.incidentId);
      if (incident === undefined || incident.openedAt > operation.asOf)
        found.push(say(item.incidentId, `${operation.id} was as of earlier than it`));
      if (item.state === "done" && !item.first && incident?.resolution !== operation.verb && !wasUndone(incident))
        found.push(say(item.incidentId, `${operation.id} says ${operation.verb}, its record ${incident?.resolution}`));
      if (item.state === "pending" && operation.state === "done")
        found.push(say(item.incidentId, `${operation.id} is done and has not decided it`));
    }
    return found;
  });
}

/** An undo opens the record again: whatever was decided after it stands. */
function wasUndone(incident: RecordedIncident | undefined): boolean {
  return incident?.undone ?? false;
}

/** Of an edit the old job is discarded and both streams tell of it; a replay leaves the old one as it is. */
export function checkLinks(history: History): Violation[] {
  const jobs = new Map(history.jobs.map((job) => [job.id, job]));
  const told = new Set(history.jobEvents.map((event) => `${event.stream} ${event.type}`));
  const say = (subject: string, finding: string): Violation => ({ rule: "links", subject, finding });
  const edits = new Map<string, number>();
  const found = history.links.flatMap((link) => {
    if (link.kind === "edit") edits.set(link.ofJob, (edits.get(link.ofJob) ?? 0) + 1);
    const wrong: Violation[] = [];
    if (!told.has(`${link.jobId} linked`)) wrong.push(say(link.jobId, "its stream does not say what it was made from"));
    if (!told.has(`${link.ofJob} ${link.kind === "edit" ? "resubmitted" : "replayed"}`))
      wrong.push(say(link.ofJob, `its stream does not tell of the ${link.kind}`));
    const old = jobs.get(link.ofJob);
    if (link.kind === "edit" && old?.state !== "discarded")
      wrong.push(say(link.ofJob, `it was edited and is ${old?.state}`));
    return wrong;
  });
  const twice = [...edits].filter(([, n]) => n > 1).map(([job, n]) => say(job, `it was edited ${n} times`));
  return [...found, ...twice];
}
