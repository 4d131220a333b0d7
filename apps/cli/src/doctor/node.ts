import { check, type Checker } from "./check.ts";

/** Node runs our TypeScript directly: 24 or newer. */
export const checkNode: Checker = async () => {
  const version = process.versions.node;
  const ok = Number(version.split(".")[0]) >= 24;
  return [
    check(
      "node",
      ok ? "pass" : "fail",
      `Node ${version}.`,
      ok ? null : "Run through npm or npx here: they use the pinned Node 24.",
    ),
  ];
};
