import { LANES } from "@holdpoint/policy";
import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";

describe("parseOptions", () => {
  it("has defaults for everything", () => {
    expect(parseOptions({ web: true }, {}, "/here")).toEqual({
      port: undefined,
      dataDir: "/here/.holdpoint",
      web: true,
      lanes: [...LANES],
      dev: false,
    });
  });

  it("takes options before the environment", () => {
    const env = { HOLDPOINT_DATA_DIR: "/env", HOLDPOINT_LANES: "eval" };
    expect(parseOptions({ web: false }, env, "/here")).toMatchObject({ dataDir: "/env", lanes: ["eval"], web: false });
    expect(parseOptions({ web: true, dataDir: "x", lanes: "build, recovery", port: "80" }, env, "/here")).toMatchObject(
      {
        dataDir: "/here/x",
        lanes: ["build", "recovery"],
        port: 80,
      },
    );
  });

  it.each(["0", "65536", "-1", "1.5", "abc", ""])("refuses port %j", (port) => {
    expect(() => parseOptions({ web: true, port }, {}, "/")).toThrow(/is not a port/);
  });

  it.each(["", "build,", "builds"])("refuses lanes %j", (lanes) => {
    expect(() => parseOptions({ web: true, lanes }, {}, "/")).toThrow(/is not a lane/);
  });

  it.each(["SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL", "DATABASE_URL"])(
    "does not run beside a configured %s",
    (name) => {
      expect(() => parseOptions({ web: true }, { [name]: "x" }, "/")).toThrow(name);
    },
  );
});
