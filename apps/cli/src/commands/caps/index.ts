import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addCapsClearOverrun } from "./clear-overrun.ts";
import { addCapsList } from "./list.ts";
import { addCapsOverride } from "./override.ts";
import { addCapsSet } from "./set.ts";

/** `holdpoint caps …` */
export function addCaps(program: Command, runner: Runner): void {
  const caps = program.command("caps").description("what may be spent: caps a day and a week, thresholds, overrides");
  addCapsList(caps, runner);
  addCapsSet(caps, runner);
  addCapsOverride(caps, runner);
  addCapsClearOverrun(caps, runner);
}
