"use client";
import { useRouter } from "next/navigation";
import { useTransition, type ChangeEvent } from "react";

interface Props {
  states: string | undefined;
  type: string | undefined;
  venture: string | undefined;
  types: readonly string[];
  ventures: readonly { key: string; name: string }[];
}

/** Type and venture; a choice applies at once. Without scripts the button does it. */
export function FilterForm({ states, type, venture, types, ventures }: Props) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const apply = (event: ChangeEvent<HTMLSelectElement>) => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(event.currentTarget.form ?? undefined)) {
      if (typeof value === "string" && value !== "") query.set(name, value);
    }
    start(() => router.push(`/jobs?${query.toString().replaceAll("%2C", ",")}`));
  };
  return (
    <form action="/jobs" method="get" className="fb-form" data-pending={pending || undefined}>
      {states ? <input type="hidden" name="state" value={states} /> : null}
      <label className="pick">
        <span className="t3">type</span>
        <select className="select" name="type" value={type ?? ""} onChange={apply}>
          <option value="">any</option>
          {type && !types.includes(type) ? <option value={type}>{type}</option> : null}
          {types.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="pick">
        <span className="t3">venture</span>
        <select className="select" name="venture" value={venture ?? ""} onChange={apply}>
          <option value="">any</option>
          {ventures.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button className="btn small" type="submit">
          Apply
        </button>
      </noscript>
    </form>
  );
}
