import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { everyCrashPoint, runJob } from "@holdpoint/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import linkCheck from "./link_check.example.ts";

const server = createServer((request, response) => {
  if (request.url === "/") response.end('<a href="/a">a</a> <a href="gone">b</a> <a href="https://example.org/">c</a>');
  else if (request.url === "/down") response.writeHead(503).end();
  else response.writeHead(request.url === "/a" ? 200 : 404).end();
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

test("finds the dead links of the venture's own site", async () => {
  const run = await runJob(linkCheck, { payload: {}, venture: { url } });
  expect(run.result).toEqual({ outcome: "succeeded", result: { links: 2, dead: [`${url}gone`] } });
  expect(run.evidence).toMatchObject([{ subject: url, kind: "links", ok: false, finding: `Dead: ${url}gone` }]);
});

test("ends the same, whatever moment it crashes at", async () => {
  const reports = await everyCrashPoint(linkCheck, { payload: {}, venture: { url } });
  expect(reports).toHaveLength(9);
});

test("a page that is down for now is tried again, another site is refused", async () => {
  const down = await runJob(linkCheck, { payload: { path: "/down" }, venture: { url } });
  expect(down.result).toMatchObject({ outcome: "failed", errorClass: "transient" });
  await expect(runJob(linkCheck, { payload: { path: "//example.org/" }, venture: { url } })).rejects.toThrow(
    /own site/,
  );
  await expect(runJob(linkCheck, { payload: {} })).rejects.toThrow(/has no URL/);
});
