import type { Command } from "commander";
import { addCommand, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Check, Checker } from "../doctor/check.ts";
import { checkDataApi } from "../doctor/data-api.ts";
import { checkDatabase } from "../doctor/database.ts";
import { checkDisk } from "../doctor/disk.ts";
import { checkEnvironment } from "../doctor/environment.ts";
import { checkFleet } from "../doctor/fleet.ts";
import { checkGit } from "../doctor/git.ts";
import { checkNode } from "../doctor/node.ts";
import { checkPolicyInForce } from "../doctor/policy.ts";
import { checkRedis } from "../doctor/redis.ts";

const CHECKERS: readonly Checker[] = [
  checkNode,
  checkEnvironment,
  checkDataApi,
  checkDatabase,
  checkRedis,
  checkFleet,
  checkPolicyInForce,
  checkGit,
  checkDisk,
];

/** `holdpoint doctor` */
export function addDoctor(program: Command, runner: Runner): void {
  addCommand(program, runner, {
    usage: "doctor",
    description: "look at everything that Holdpoint needs and say what is wrong, with the remedy",
    examples: ["doctor", "doctor --json"],
    notes: "Exit code 1 when a check fails. Values of settings are never shown.",
    run: doctor,
  });
}

async function doctor(context: Context): Promise<Outcome> {
  const items = (await Promise.all(CHECKERS.map((checker) => checker(context)))).flat();
  const failed = items.filter((one) => one.status === "fail").length;
  const end = failed === 0 ? "Nothing fails." : `${failed} ${failed === 1 ? "check fails" : "checks fail"}.`;
  return {
    document: { ok: failed === 0, items },
    text: `${checkLines(items, context)}\n\n${end}`,
    exit: failed === 0 ? EXIT.done : EXIT.failed,
  };
}

/** A line for each check; settings that are not set and not needed share one. */
function checkLines(items: readonly Check[], context: Context): string {
  const unset = items.filter((one) => one.status === "pass" && one.finding.startsWith("MISSING"));
  const lines = items.filter((one) => !unset.includes(one)).map((one) => line(one, context));
  const names = unset.map((one) => one.name.replace("environment ", "")).join(", ");
  return [...lines, ...(names ? [`${context.paint("dim", "not set and not needed here:")} ${names}`] : [])].join("\n");
}

const MARKS = {
  pass: ["green", "pass"],
  warn: ["yellow", "warn"],
  fail: ["red", "FAIL"],
  skip: ["dim", "skip"],
} as const;

function line({ name, status, finding, remedy }: Check, { paint }: Context): string {
  const [colour, word] = MARKS[status];
  const first = `${paint(colour, word)}  ${name}: ${finding}`;
  return remedy === null ? first : `${first}\n      ${paint("dim", "try:")} ${remedy}`;
}
