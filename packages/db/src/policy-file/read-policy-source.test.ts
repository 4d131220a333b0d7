import { expect, test } from "vitest";
import { readPolicySource, readStoredPolicy } from "./read-policy-source.ts";

const problems = (source: string): string[] => {
  const read = readPolicySource(source, 2);
  return read.ok ? [] : read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

test("a policy is read with its groups and rules", () => {
  const read = readPolicySource(
    "format: 1\ngroups:\n  money: [Ada@example.com, bob@example.com]\nrules:\n  - name: big\n    when: { ceiling_over: 25 }\n    approve: { people: 2, group: money, expires: 2h }\n",
    2,
  );
  expect(read).toMatchObject({
    ok: true,
    policy: {
      version: 2,
      rules: [
        {
          name: "big",
          when: { ceiling_over: 25_000_000 },
          outcome: {
            kind: "approve",
            approval: { people: 2, members: ["ada@example.com", "bob@example.com"], expires_ms: 7_200_000 },
          },
        },
      ],
    },
  });
});

test("an unknown name is told with its line, its place and the nearest valid one", () => {
  const source = `format: 1
rules:
  - name: one
    when:
      efects: deploy
      venture: acme
    refuse: true
  - name: two
    when:
      effects: [push, deploi]
    approve: { group: finance }
`;
  expect(problems(source)).toEqual([
    '5:7 rules[0].when: "efects" is not a known key; did you mean "effects"?',
    '10:23 rules[1].when.effects[1]: "deploi" is not a known value; did you mean "deploy"?',
  ]);
  expect(problems(source.replace("efects", "effects").replace("deploi", "deploy"))).toEqual([
    '11:23 rules[1].approve.group: "finance" is not a known group; known: none',
  ]);
});

test.each([
  ["broken YAML", "format: 1\nrules: [", /^2:\d+ /],
  ["a key twice", "format: 1\nformat: 1\n", /^2:1 .*unique/],
  ["a tag", "format: !int 1\n", /^1:\d+ .*tag/i],
  ["an alias", "format: 1\ngroups: { a: &x [a@b.co], b: *x }\n", /aliases/],
  ["an empty file", "", /^1:1 /],
  ["a list", "- 1\n", /^1:1 /],
  ["another format", "format: 2\n", /^1:9 format: /],
  ["what is missing", "format: 1\nrules:\n  - refuse: true\n    when: {}\n", /^3:5 rules\[0\]: "name" is missing/],
  ["what is too large", `format: 1\n#${"x".repeat(300_000)}`, /256 kB/],
])("%s is a problem with a line", (_name, source, expected) => {
  expect(problems(source).join("\n")).toMatch(expected);
});

test("a stored policy must say what its text says", () => {
  const source = "format: 1\nrules: []\n";
  expect(readStoredPolicy(3, source, { rules: [], format: 1 })).toMatchObject({ ok: true });
  expect(readStoredPolicy(3, source, { format: 1, rules: [{ name: "x", when: {}, refuse: true }] })).toMatchObject({
    ok: false,
  });
});
