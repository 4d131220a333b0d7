/** Self-signed certificates for tests, without a program that would have to be installed. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`));

const commonName = "550403";
const basicConstraints = "551d13";
const alternativeNames = "551d11";
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

/** A certificate for these names and addresses that is its own authority. */
export function selfSigned(options: { names: string[]; addresses?: string[]; notBefore?: Date; notAfter: Date }) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from(options.names[0] ?? "test")))));
  const alternatives = [
    ...options.names.map((text) => der(0x82, Buffer.from(text))),
    ...(options.addresses ?? []).map((text) => der(0x87, Buffer.from(text.split(".").map(Number)))),
  ];
  const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(options.notBefore ?? new Date("2020-01-01T00:00:00Z")), time(options.notAfter)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension(basicConstraints, sequence(der(0x01, Buffer.from([0xff])))),
        extension(alternativeNames, sequence(...alternatives)),
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
