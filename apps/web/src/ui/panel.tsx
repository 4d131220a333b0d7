import type { ErrorJson } from "@holdpoint/policy";
import type { ReactNode } from "react";
import { exact } from "./format.ts";
import { Icon } from "./icon.tsx";
import { Reload } from "./reload.tsx";

/** A box with a heading. What is in it stands and falls alone. */
export function Panel(props: {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  id?: string;
  className?: string;
}) {
  return (
    <section className={`panel ${props.className ?? ""}`.trimEnd()} id={props.id}>
      <header>
        <h2>{props.title}</h2>
        {props.aside ? <span className="end">{props.aside}</span> : null}
      </header>
      {props.children}
    </section>
  );
}

/** What failed, when, and what to do: inside the box that it concerns. */
export function ErrorNote({ error, at, what }: { error: ErrorJson; at: number; what: string }) {
  return (
    <div className="state-msg" role="alert">
      <p className="row">
        <Icon name="circle-x" className="red" />
        <b>{what} could not be read.</b>
      </p>
      <p className="t2">{error.message}</p>
      {error.remedy ? <p className="t2">{error.remedy}</p> : null}
      <p className="note mono">
        {error.code}.{error.reason}, {exact(at)}
      </p>
      <Reload />
    </div>
  );
}

/** Which kind of emptiness this is, and the way out of it. */
export function EmptyNote({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state-msg">
      <p className="med">{title}</p>
      {children}
    </div>
  );
}
