import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addStopEngage } from "./engage.ts";
import { addStopLift } from "./lift.ts";
import { addStopStatus } from "./status.ts";

/** `holdpoint stop …` */
export function addStop(program: Command, runner: Runner): void {
  const stop = program.command("stop").description("stop work at once, see what still runs, lift a stop");
  addStopEngage(stop, runner);
  addStopLift(stop, runner);
  addStopStatus(stop, runner);
}
