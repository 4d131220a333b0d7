import { createServer, type Server } from "node:http";
import { createTestDatabase, startTestServer, type TestDatabase, type TestServer } from "@holdpoint/local/testing";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { documentOf, errorOf } from "./kit/expect.ts";
import { runCli } from "./kit/run-cli.ts";

const SECRET_KEY = "sb_secret_0123456789abcdef";

let server: TestServer;
let db: TestDatabase;
let admin: Server;
let env: Record<string, string>;

/** Hosted Supabase cannot run here: a bare PostgreSQL with its auth tables, and the one call of its admin API that setup makes. */
beforeAll(async () => {
  server = await startTestServer({ migrated: "auth only", auth: "stub" });
  db = await createTestDatabase({ adminUrl: server.adminUrl });
  admin = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on(
      "end",
      () =>
        void createUser(request.headers.authorization, request.url, body).then(([status, answer]) => {
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
        }),
    );
  });
  const listening = Promise.withResolvers<void>();
  admin.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const address = admin.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  env = {
    SUPABASE_URL: `http://127.0.0.1:${address.port}`,
    SUPABASE_ANON_KEY: "sb_publishable_0123456789",
    SUPABASE_SERVICE_ROLE_KEY: SECRET_KEY,
    HOLDPOINT_OWNER_DATABASE_URL: db.ownerUrl,
  };
});
afterAll(async () => {
  admin?.close();
  await server?.close();
});

async function createUser(
  authorization: string | undefined,
  url: string | undefined,
  body: string,
): Promise<[number, unknown]> {
  if (authorization !== `Bearer ${SECRET_KEY}`) return [401, { code: 401, msg: "no" }];
  if (url !== "/auth/v1/admin/users") return [404, { code: 404, msg: "no" }];
  const { email } = z.looseObject({ email: z.string() }).parse(JSON.parse(body));
  const rows = await db.query<{ id: string }>(
    "insert into auth.users (id, email) values (gen_random_uuid(), $1) returning id",
    [email],
  );
  return [
    200,
    {
      id: rows[0]?.id,
      email,
      aud: "authenticated",
      app_metadata: {},
      user_metadata: {},
      created_at: new Date().toISOString(),
    },
  ];
}

const document = z.strictObject({
  schema_version: z.string(),
  migrations_applied: z.array(z.string()),
  role_urls: z.record(z.string(), z.url()),
  admin: z.strictObject({ email: z.string(), password: z.string().min(20) }).nullable(),
});
const setup = (...args: string[]) => runCli(["setup", ...args, "--json"], { env });

test("setup migrates, gives the roles passwords that work, makes the first admin, and is harmless to repeat", async () => {
  const { HOLDPOINT_OWNER_DATABASE_URL: _left, ...without } = env;
  errorOf(await runCli(["setup", "--json"], { env: without }), 2, "environment_missing");
  expect(errorOf(await setup(), 2, "missing_option").field).toBe("admin-email");

  const first = documentOf(await setup("--admin-email", "ana@acme.example"), document);
  expect(first.admin?.email).toBe("ana@acme.example");
  expect(Object.keys(first.role_urls).toSorted()).toEqual(["DATABASE_URL", "HOLDPOINT_WEB_DATABASE_URL"]);
  const rows = await db.query(
    "select o.email, o.must_change, m.venture, m.role from public.operators o join public.memberships m using (user_id)",
  );
  expect(rows).toEqual([{ email: "ana@acme.example", must_change: true, venture: "fleet", role: "admin" }]);

  const again = await setup();
  expect(documentOf(again, document)).toMatchObject({ migrations_applied: [], role_urls: {}, admin: null });
  expect(again.stdout + again.stderr).not.toContain(SECRET_KEY);

  const rotated = documentOf(await setup("--rotate-passwords"), document).role_urls;
  expect(Object.keys(rotated).toSorted()).toEqual(["DATABASE_URL", "HOLDPOINT_WEB_DATABASE_URL"]);
  for (const [name, url] of Object.entries(rotated)) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const who = await client.query<{ current_user: string }>("select current_user");
    await client.end();
    expect(who.rows[0]?.current_user).toBe(name === "DATABASE_URL" ? "holdpoint_worker" : "holdpoint_web");
  }
});
