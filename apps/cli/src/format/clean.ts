/**
 * Text that came from a job, a venture or a log, made safe for a terminal: control characters (which could move the
 * cursor, set the title or hide lines) are shown as their picture; tabs and, where asked, line ends stay.
 */
export function clean(text: string, keepLines = false): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === "\t" || (keepLines && character === "\n")) return character;
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** One line of at most `length` characters. */
export function short(text: string, length: number): string {
  const line = clean(text);
  return [...line].length <= length ? line : `${[...line].slice(0, length - 1).join("")}…`;
}
