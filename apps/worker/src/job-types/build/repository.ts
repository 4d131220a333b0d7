import { isAbsolute } from "node:path";
import { BadInputError } from "@holdpoint/sdk";
import { checkedAddresses } from "../addresses.ts";

/** Where a venture's code lies. */
export type Repository =
  | { kind: "path"; location: string }
  | { kind: "http"; location: string; url: URL }
  | { kind: "ssh"; location: string; host: string };

const field = "venture.repository";

/**
 * Reads what a venture has as its repository: an absolute path, an http(s) URL, or an ssh URL (also in its short form
 * `user@host:path`). Throws BadInputError for anything else, for what git would take as an option or as a command
 * (`ext::`), and for credentials, which would end up in plans and logs.
 */
export function parseRepository(text: string): Repository {
  if (/[\0-\x20\x7f]/.test(text) || text.startsWith("-")) throw refuse(`"${text}" is no repository.`);
  if (isAbsolute(text)) return { kind: "path", location: text };
  const short = /^([\w.-]+@)?([\w.-]+):(?!\/)([\w./~-]+)$/.exec(text);
  if (short !== null && !text.includes("::")) return { kind: "ssh", location: text, host: short[2] ?? "" };
  const url = URL.canParse(text) ? new URL(text) : null;
  switch (url?.protocol) {
    case "file:":
      return { kind: "path", location: decodeURIComponent(url.pathname) };
    case "http:":
    case "https:":
      if (url.username !== "" || url.password !== "") throw refuse("A repository's URL must not carry credentials.");
      return { kind: "http", location: url.href, url };
    case "ssh:":
      if (url.password !== "") throw refuse("A repository's URL must not carry credentials.");
      return { kind: "ssh", location: url.href, host: url.hostname };
    default:
      throw refuse(`"${text}" is no absolute path and no http, https or ssh URL.`);
  }
}

function refuse(message: string): BadInputError {
  return new BadInputError(message, { reason: "repository_invalid", field });
}

/**
 * git settings that pin an http repository to an address which was checked just now, so that the name can't mean
 * another one when git looks it up. Throws BadInputError when the venture may not reach any of its addresses, and the
 * resolver's error when it has none.
 */
export async function pinnedSettings(repository: Repository, allowPrivate: boolean): Promise<[string, string][]> {
  if (repository.kind === "path") return [];
  const host = repository.kind === "http" ? repository.url.hostname : repository.host;
  const addresses = await checkedAddresses(host, allowPrivate);
  if (repository.kind === "ssh") return [];
  const { url } = repository;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const list = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).join(",");
  return [["http.curloptResolve", `${url.hostname}:${port}:${list}`]];
}
