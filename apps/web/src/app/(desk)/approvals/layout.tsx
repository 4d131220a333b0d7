import type { ReactNode } from "react";
import { ApprovalList } from "../../../features/approvals/list.tsx";
import { readDecided, readInbox } from "../../../features/approvals/queries.ts";
import { currentOperator } from "../../../features/session/queries.ts";

export default async function ApprovalsLayout({ children }: { children: ReactNode }) {
  const [inbox, decided, operator] = await Promise.all([readInbox(), readDecided(), currentOperator()]);
  return (
    <div className="split">
      <ApprovalList inbox={inbox} decided={decided} me={operator.ok ? operator.data : null} />
      {children}
    </div>
  );
}
