import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";

/** The number that rises with each stop, lift, drain and cancel. One cheap read; needs no key. */
export function controlNo(db: Queryable): Promise<string> {
  return scalar(db, "control_no", "select holdpoint.control_no() as value", []);
}
