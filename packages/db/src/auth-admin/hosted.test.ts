import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { hostedAuthAdmin } from "./hosted.ts";

// Supabase's admin API, as far as it is called.
let server: Server;
let url: string;
let requests: { method: string; path: string; key: string; body: unknown }[];
let answer: { status: number; body: unknown };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      requests.push({
        method: request.method ?? "",
        path: request.url ?? "",
        key: String(request.headers["apikey"]),
        body: text === "" ? null : JSON.parse(text),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
beforeEach(() => {
  requests = [];
});
afterAll(() => server.close());

const userId = "0d9f2b3a-7c1e-4f6a-9b8d-2e5c4a6f8b10";
const user = {
  id: userId,
  aud: "authenticated",
  email: "a@example.test",
  app_metadata: {},
  user_metadata: {},
  created_at: "",
};
const admin = (supabaseUrl = url) =>
  hostedAuthAdmin({ supabaseUrl, secretKey: "sb_secret_test", client: new pg.Client() });

it("creates a confirmed user with the secret key", async () => {
  answer = { status: 200, body: user };
  expect(await admin().create({ email: "a@example.test", password: "a password" })).toEqual({ userId });
  expect(requests).toEqual([
    {
      method: "POST",
      path: "/auth/v1/admin/users",
      key: "sb_secret_test",
      body: { email: "a@example.test", password: "a password", email_confirm: true },
    },
  ]);
});

it("says that an address is taken", async () => {
  answer = { status: 422, body: { code: 422, error_code: "email_exists", msg: "A user with this email exists" } };
  await expect(admin().create({ email: "a@example.test", password: "x" })).rejects.toMatchObject({
    code: "conflict",
    reason: "email_taken",
    field: "email",
  });
});

it("sets a password, and knows no stranger", async () => {
  answer = { status: 200, body: user };
  await admin().setPassword({ userId, password: "another" });
  expect(requests[0]).toMatchObject({
    method: "PUT",
    path: `/auth/v1/admin/users/${userId}`,
    body: { password: "another" },
  });
  answer = { status: 404, body: { code: 404, error_code: "user_not_found", msg: "User not found" } };
  await expect(admin().setPassword({ userId, password: "x" })).rejects.toMatchObject({ code: "not_found" });
});

it("tells a refusal from silence", async () => {
  answer = { status: 403, body: { code: 403, error_code: "not_admin", msg: "User not allowed" } };
  await expect(admin().create({ email: "a@example.test", password: "x" })).rejects.toMatchObject({
    code: "refused",
    reason: "not_admin",
  });
  await expect(admin("http://127.0.0.1:1").create({ email: "a@example.test", password: "x" })).rejects.toMatchObject({
    code: "unavailable",
    reason: "auth_admin_unreachable",
  });
});
