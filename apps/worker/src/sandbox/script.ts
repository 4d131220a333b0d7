import type { SandboxSpec } from "./types.ts";

/** The work folder, and redirections: where the packed output and the progress go, what closes them for the command. */
export interface ScriptTargets {
  work: string;
  output: string;
  progress: string;
  close: string;
}

/**
 * The shell script around a command: unpack standard input into the work folder, run the command ($1) without the
 * script's own descriptors, pack the output when it succeeded. It says on the progress descriptor how far it came.
 * The command could forge these words; it would only lie about itself.
 */
export function runScript(spec: SandboxSpec, to: ScriptTargets): string {
  const done = (word: string): string => `echo ${word} ${to.progress}`;
  return [
    `{ mkdir -p ${to.work} && cd ${to.work} && tar -xf -; } || { ${done("unfit")}; exit 1; }`,
    done("unpacked"),
    `/bin/sh -c "$1" </dev/null ${to.close}`,
    "code=$?",
    done("exited:$code"),
    ...(spec.output === undefined
      ? []
      : [
          "[ $code -eq 0 ] || exit $code",
          `cd ${to.work} && cd ${quote(spec.output.from)} || { ${done("unpacked-nothing")}; exit 1; }`,
          `{ ${packCommand(spec.output.mtimeSeconds)}; } ${to.output} || { ${done("unpackable")}; exit 1; }`,
          done("packed"),
        ]),
    "exit $code",
  ].join("\n");
}

// Sorted, without owners and with one time: the same tree gives the same sha256 (GNU tar; others pack as they do).
function packCommand(mtimeSeconds: number): string {
  const exact = `--sort=name --mtime=@${mtimeSeconds} --owner=0 --group=0 --numeric-owner --format=posix --pax-option=delete=atime,delete=ctime`;
  return [
    "flags=''",
    `if tar --version 2>/dev/null | grep -q GNU; then flags='${exact}'; fi`,
    "tar -cf - $flags --exclude=./.git .",
  ].join("; ");
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
