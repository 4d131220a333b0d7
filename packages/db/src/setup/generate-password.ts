import { randomBytes, randomInt } from "node:crypto";

// Without what looks alike, so that it can be copied from a screen by hand.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password for a person: four groups of five, about 99 bits. */
export function generatePassword(): string {
  const group = (): string => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}

/** A password for a program: 256 bits in characters that need no escaping in a URL. */
export function generateSecret(): string {
  return randomBytes(32).toString("base64url");
}
