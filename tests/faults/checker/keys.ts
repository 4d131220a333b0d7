import { dataOf, type History, type RecordedEvent, type RecordedKey, type Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/** A job of a key: its events, when it came in, and when it was out of the way at the latest. */
interface Member {
  id: string;
  events: RecordedEvent[];
  admittedAt: number;
  endedAt: number;
}

/** What becomes of a job whose key is full is what its type's strategy says. (How many run at once: rule "limits".) */
export function checkKeys(history: History): Violation[] {
  const streams = streamsOf(history.jobEvents);
  return history.keys.flatMap((key) => {
    const members = key.jobIds.toSorted().map((id) => memberOf(id, streams.get(id) ?? []));
    return findings(key, members).map((finding) => ({ rule: "keys", subject: key.what, finding }));
  });
}

function findings({ strategy }: RecordedKey, members: readonly Member[]): string[] {
  const found: string[] = [];
  for (const member of members) {
    for (const event of member.events) {
      const { reason } = dataOf(event);
      if (reason === "superseded") {
        if (strategy !== "cancel_old" && strategy !== "newest_waiting") found.push(`${member.id} was superseded`);
        if (event.type === "cancel_requested" && strategy === "newest_waiting")
          found.push(`${member.id} ran, and was ended by a newer one`);
        if (!members.some(({ id, admittedAt }) => id > member.id && admittedAt <= event.at))
          found.push(`${member.id} was superseded by none`);
      }
      if (reason === "concurrency_key_busy") {
        if (strategy !== "skip") found.push(`${member.id} was skipped`);
        if (member.events.some(({ type }) => type === "running")) found.push(`${member.id} had run and was skipped`);
        const busy = members.some((one) => one !== member && one.admittedAt <= event.at && one.endedAt >= event.at);
        if (!busy) found.push(`${member.id} was skipped while no other was there`);
      }
    }
  }
  return strategy === "cancel_old" ? [...found, ...oldAfterNew(members)] : found;
}

/** Once a newer one has started, none before it starts any more. */
function oldAfterNew(members: readonly Member[]): string[] {
  const starts = members
    .flatMap(({ id, events }) => events.filter(({ type }) => type === "running").map(({ at }) => ({ id, at })))
    .toSorted((a, b) => a.at - b.at);
  let newest = "";
  return starts.flatMap(({ id }) => {
    if (id < newest) return [`${id} started after ${newest}, which superseded it`];
    newest = id;
    return [];
  });
}

function memberOf(id: string, events: RecordedEvent[]): Member {
  return {
    id,
    events,
    admittedAt: events.find(({ type }) => type === "queued" || type === "held")?.at ?? Infinity,
    endedAt: events.at(-1)?.at ?? Infinity,
  };
}
