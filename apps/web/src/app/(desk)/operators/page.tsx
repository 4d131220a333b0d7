import { OperatorRow } from "../../../features/operators/operator-row.tsx";
import { readOperators } from "../../../features/operators/queries.ts";
import { currentOperator, myVentures, roleIn } from "../../../features/session/queries.ts";
import { count } from "../../../ui/format.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Operators" };

export default async function OperatorsPage() {
  const [me, operators, ventures] = await Promise.all([currentOperator(), readOperators(), myVentures()]);
  const may = roleIn(me.ok ? me.data : null, "fleet") === "admin";
  const keys = ventures.ok ? ventures.data.map((venture) => venture.key) : [];
  return (
    <>
      <div className="page-head">
        <h1>Operators</h1>
        <p className="t2">Who may sign in, and what they may do. A changed role holds at once.</p>
      </div>
      {operators.ok ? (
        <Panel
          title={
            <>
              Operators <span className="c">{count(operators.data.length)}</span>
            </>
          }
        >
          <ul className="list operators">
            {operators.data.map((operator) => (
              <OperatorRow
                key={operator.user_id}
                operator={operator}
                ventures={[...new Set(["fleet", ...keys])]}
                may={may}
              />
            ))}
          </ul>
          <div className="sb">
            {may ? (
              <p className="note anywhere">
                Nobody becomes an operator by signing up. Invite with:{" "}
                <code>npx holdpoint operator invite ana@acme.example --role approver --venture acme</code>
              </p>
            ) : (
              <p className="note">You see only yourself: the list needs the role admin in the fleet.</p>
            )}
          </div>
        </Panel>
      ) : (
        <Panel title="Operators">
          <ErrorNote what="The operators" error={operators.error} at={operators.at} />
        </Panel>
      )}
    </>
  );
}
