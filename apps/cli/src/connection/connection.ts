import type { PeopleClient } from "@holdpoint/db/people";

/** Where this command speaks to. */
export interface Connection {
  kind: "local" | "hosted";
  /** Base URL of the data API and the auth service. */
  url: string;
  webUrl: string | null;
  /** The file that holds the operator's session. */
  sessionPath: string;
  /** The local stack's folder; null for a hosted project. */
  dataDir: string | null;
  client: PeopleClient;
}
