import type { Venture } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { clean } from "./clean.ts";
import { facts } from "./table.ts";
import { exactTime } from "./time.ts";

/** One venture, for people. */
export function ventureText(venture: Venture, { clock }: Context): string {
  return facts([
    ["venture", venture.key],
    ["name", clean(venture.name)],
    ["url", venture.url && clean(venture.url)],
    ["repository", venture.repository && clean(venture.repository)],
    ["build command", venture.build_command && clean(venture.build_command)],
    ["trusted", venture.trusted ? "yes" : "no"],
    ["private addresses", venture.allow_private_addresses ? "allowed" : "refused"],
    ["demo", venture.demo ? "yes" : null],
    ["added", exactTime(venture.created_at, clock)],
  ]);
}
