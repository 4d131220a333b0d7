/** Times as documents write them. */
import { z } from "zod";

export const at = z.iso.datetime();
export const maybeAt = at.nullable();
