import { createServerClient } from "@supabase/ssr";
import { NextResponse, type NextRequest } from "next/server";
import { isDevelopment, webEnvironment } from "./env.ts";
import { clientOptions } from "./server/client-options.ts";

const OPEN = new Set(["/login", "/api/health"]);

/** Before every page: refuses posts from other sites, refreshes the session, sends strangers to /login, sets the CSP nonce. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  if (isForeignPost(request)) return new NextResponse("This request came from another site.", { status: 403 });
  const nonce = Buffer.from(crypto.randomUUID()).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  const answer = (await withSession(request, headers)) ?? toLogin(request);
  answer.headers.set("content-security-policy", policy);
  answer.headers.set("x-content-type-options", "nosniff");
  answer.headers.set("referrer-policy", "same-origin");
  return answer;
}

/** The answer for a person who may go on; null: nobody is signed in. */
async function withSession(request: NextRequest, headers: Headers): Promise<NextResponse | null> {
  const { config } = webEnvironment();
  let response = NextResponse.next({ request: { headers } });
  if (!config) return response;
  const client = createServerClient(config.supabaseUrl, config.anonKey, {
    ...clientOptions(isHttps(request)),
    cookies: {
      getAll: () => request.cookies.getAll(),
      setAll(all, noStore) {
        for (const { name, value } of all) request.cookies.set(name, value);
        headers.set("cookie", request.cookies.toString());
        response = NextResponse.next({ request: { headers } });
        for (const { name, value, options } of all) response.cookies.set(name, value, options);
        for (const [name, value] of Object.entries(noStore ?? {})) response.headers.set(name, value);
      },
    },
  });
  const { data, error } = await client.auth.getClaims();
  if (data || OPEN.has(request.nextUrl.pathname)) return response;
  // The auth service can't be reached: not a reason to throw people out. The page says what is wrong.
  if (error && (error.name === "AuthRetryableFetchError" || (error.status ?? 0) >= 500 || error.status === 0))
    return response;
  return null;
}

function toLogin(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  if (pathname.startsWith("/api/")) {
    const error = { code: "unauthenticated", reason: "not_signed_in", message: "You are not signed in." };
    return NextResponse.json({ error }, { status: 401 });
  }
  const target = new URL("/login", request.url);
  if (pathname !== "/") target.searchParams.set("next", `${pathname}${search}`);
  return NextResponse.redirect(target, request.method === "POST" ? 303 : 307);
}

/** Session cookies are SameSite=Lax; this is the second lock, and covers route handlers too. */
function isForeignPost(request: NextRequest): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  if (request.headers.get("sec-fetch-site") === "cross-site") return true;
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  const host = request.headers.get("x-forwarded-host") ?? request.headers.get("host");
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

function isHttps(request: NextRequest): boolean {
  return request.headers.get("x-forwarded-proto") === "https" || request.nextUrl.protocol === "https:";
}

function contentSecurityPolicy(nonce: string): string {
  const scripts = `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`;
  const styles = isDevelopment ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'";
  return [
    "default-src 'self'",
    scripts,
    styles,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = {
  matcher: [{ source: "/((?!_next/static|_next/image|icon.svg|icons.svg|favicon.ico|api/ping$).*)" }],
};
