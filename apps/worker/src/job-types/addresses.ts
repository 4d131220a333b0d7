import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { BadInputError } from "@holdpoint/sdk";
import ipaddr from "ipaddr.js";

/** An address that was checked and may be connected to. */
export interface CheckedAddress {
  address: string;
  family: 4 | 6;
}

/** Cloud metadata services: nobody's site, whatever a venture allows. */
const metadata = new Set(["169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"]);
const neverASite = new Set(["unspecified", "broadcast", "multicast", "linkLocal", "reserved"]);

export type AddressVerdict = "public" | "private" | "never";

/** What kind of address it is; an IPv4 address inside an IPv6 one counts as what it is itself. */
export function addressVerdict(text: string): AddressVerdict {
  let address = ipaddr.parse(text.replace(/%.*$/, ""));
  if (address instanceof ipaddr.IPv6) {
    if (address.isIPv4MappedAddress()) address = address.toIPv4Address();
    else if (address.range() === "rfc6052") address = new ipaddr.IPv4(address.toByteArray().slice(12));
  }
  if (metadata.has(address.toString())) return "never";
  const range = address.range();
  if (range === "unicast") return "public";
  return neverASite.has(range) ? "never" : "private";
}

/**
 * The addresses of a host that this venture may reach, in the resolver's order. Throws BadInputError with the reason
 * `private_address` when it has none but refused ones, and the resolver's error when it has none at all.
 */
export async function checkedAddresses(host: string, allowPrivate: boolean): Promise<CheckedAddress[]> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const literal = isIP(bare);
  const found =
    literal === 0 ? await lookup(bare, { all: true, verbatim: true }) : [{ address: bare, family: literal }];
  const allowed = found.filter(({ address }) => {
    const verdict = addressVerdict(address);
    return verdict === "public" || (verdict === "private" && allowPrivate);
  });
  if (allowed.length > 0) return allowed.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  const [first] = found;
  const shown = first === undefined || first.address === bare ? bare : `${bare} (${first.address})`;
  const forbidden = allowPrivate || (first !== undefined && addressVerdict(first.address) === "never");
  throw forbidden
    ? new BadInputError(`${shown} is an address that is nobody's site; it is never reached.`, {
        reason: "private_address",
      })
    : new BadInputError(`${shown} is a private address, and this venture does not allow those.`, {
        reason: "private_address",
        remedy: "An admin can allow private addresses for the venture.",
      });
}
