import type { ReactNode } from "react";

/** A table with a line of column headings; its rows are the children. */
export function Table({
  className,
  heads,
  children,
}: {
  className: string;
  heads: readonly string[];
  children: ReactNode;
}) {
  return (
    <table className={className}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
