import type { IconName } from "../../ui/icon-names.ts";

const ICONS: Readonly<Record<string, IconName>> = { build: "hammer", health_scan: "activity" };

export function typeIcon(type: string): IconName {
  return ICONS[type] ?? "package";
}
