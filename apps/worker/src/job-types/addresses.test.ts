import { BadInputError } from "@holdpoint/sdk";
import { describe, expect, test } from "vitest";
import { addressVerdict, checkedAddresses } from "./addresses.ts";

describe("addressVerdict", () => {
  test.each([
    ["93.184.216.34", "public"],
    ["2606:2800:220:1::1", "public"],
    ["127.0.0.1", "private"],
    ["127.255.255.254", "private"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["198.18.0.1", "never"],
    ["::1", "private"],
    ["fd00::1", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:93.184.216.34", "public"],
    ["64:ff9b::a00:1", "private"],
    ["64:ff9b::5db8:d822", "public"],
    ["2002:a00:1::", "private"],
    ["2001:0:a00:1::", "private"],
    ["169.254.169.254", "never"],
    ["169.254.1.1", "never"],
    ["fe80::1%eth0", "never"],
    ["fd00:ec2::254", "never"],
    ["::ffff:169.254.169.254", "never"],
    ["64:ff9b::a9fe:a9fe", "never"],
    ["0.0.0.0", "never"],
    ["::", "never"],
    ["255.255.255.255", "never"],
    ["224.0.0.1", "never"],
    ["ff02::1", "never"],
  ])("%s is %s", (address, verdict) => expect(addressVerdict(address)).toBe(verdict));
});

describe("checkedAddresses", () => {
  test("looks at what a name resolves to, not at the name", async () => {
    await expect(checkedAddresses("localhost", false)).rejects.toThrow(BadInputError);
    expect((await checkedAddresses("localhost", true)).map(({ address }) => address)).toContain("127.0.0.1");
  });

  test.each(["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]"])("refuses %s", (host) =>
    expect(checkedAddresses(host, false)).rejects.toMatchObject({ reason: "private_address" }),
  );

  test.each(["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0"])("refuses %s whatever is allowed", (host) =>
    expect(checkedAddresses(host, true)).rejects.toMatchObject({ reason: "private_address" }),
  );
});
