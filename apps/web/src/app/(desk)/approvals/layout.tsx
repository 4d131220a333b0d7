import type { ReactNode } from "react";
import { ApprovalList } from "../../../features/approvals/list.tsx";
import { readDecided, readInbox, readStanding } from "../../../features/approvals/queries.ts";
import { currentOperator } from "../../../features/session/queries.ts";

export default async function ApprovalsLayout({ children }: { children: ReactNode }) {
  const [inbox, decided, standing, operator] = await Promise.all([
    readInbox(),
    readDecided(),
    readStanding(false),
    currentOperator(),
  ]);
  return (
    <div className="split">
      <ApprovalList inbox={inbox} decided={decided} standing={standing} me={operator.ok ? operator.data : null} />
      {children}
    </div>
  );
}
