import { Panel } from "../../ui/panel.tsx";

const RULES = [
  ["unknown type or version, a payload or reference that does not fit", "refused", "fixed"],
  ["a demo venture that would act outside or cost money", "refused", "fixed"],
  ["commands of a venture that is not trusted, without a sandbox", "refused", "fixed"],
  ["deploy, push, spend, contact, publish", "held for an approval", "a policy can allow it (effect_approval)"],
  ["a type that asks for an approval", "held for an approval", "a policy can allow it (type_approval)"],
  ["it may cost money, and no cap is set", "held for an approval", "fixed: set a cap"],
] as const;

/** What holds whatever the policy says. */
export function BuiltInPanel() {
  return (
    <Panel title="Built-in rules">
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Decides</th>
              <th scope="col">Can be changed</th>
            </tr>
          </thead>
          <tbody>
            {RULES.map(([when, decides, changed]) => (
              <tr key={when}>
                <td className="wrap">{when}</td>
                <td>{decides}</td>
                <td className="t2 wrap">{changed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
