import type { ConfigProblem } from "../env.ts";
import { Icon } from "./icon.tsx";

/** Which variable is missing or wrong, by its exact name. Never its value. */
export function MissingConfig({ problems }: { problems: readonly ConfigProblem[] }) {
  return (
    <section className="panel">
      <div className="stack">
        <p>
          <span className="label" data-l="missing-config">
            <Icon name="unplug" />
            <span className="w">MISSING CONFIG</span>
          </span>
        </p>
        <h1>The dashboard can’t reach its database.</h1>
        <ul className="stack">
          {problems.map(({ variable, problem, message }) => (
            <li key={variable} className="anywhere">
              <code className="cmd">{variable}</code> <span className="t2">{problem.toLowerCase()}</span>
              <p className="note">{message}</p>
            </li>
          ))}
        </ul>
        <p className="t2">
          Set what is named in the environment of this process and start it again. On one machine <code>npm start</code>{" "}
          sets everything.
        </p>
      </div>
    </section>
  );
}
