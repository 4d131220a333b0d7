/** The only requests that reach Lite. What is not named here (its own info pages, sign-up, one-time codes) is a 404. */
export function isAllowed(method: string, url: URL): boolean {
  const path = url.pathname;
  if (path.startsWith("/rest/v1/")) return true;
  switch (path) {
    case "/auth/v1/token":
      return method === "POST" && ["password", "refresh_token"].includes(url.searchParams.get("grant_type") ?? "");
    case "/auth/v1/user":
      return method === "GET" || method === "PUT";
    case "/auth/v1/logout":
      return method === "POST";
    case "/auth/v1/health":
      return method === "GET";
    default:
      return false;
  }
}

/** Requests that cost a password check, each 55 ms of the one thread: these are counted. */
export function isPasswordCheck(method: string, url: URL): boolean {
  if (url.pathname === "/auth/v1/user") return method === "PUT";
  return url.pathname === "/auth/v1/token" && url.searchParams.get("grant_type") === "password";
}

/** Requests that rotate a refresh token. */
export function isTokenRefresh(method: string, url: URL): boolean {
  return (
    method === "POST" && url.pathname === "/auth/v1/token" && url.searchParams.get("grant_type") === "refresh_token"
  );
}
