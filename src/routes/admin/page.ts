/** The admin page: `GET /admin`, `/` on the way to it, and its files. One function sets the headers of them all. */
import type { Hono } from "hono";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import type { AppEnv } from "../door.ts";

/** Nothing but the page's own files: no inline code, no foreign origin, no frame around it, no HTML from text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** The build puts a hash of the content into the name of everything below. */
const HASHED = "/admin/assets/";
const YEAR_S = 365 * 24 * 60 * 60;

/** What a browser is told with every file of the page. */
function pageHeaders(path: string, contentType: string): Record<string, string> {
  return {
    "content-type": contentType,
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": path.startsWith(HASHED) ? `public, max-age=${YEAR_S}, immutable` : "no-store",
  };
}

const NOT_BUILT =
  "The admin page is not built yet. `npm start` builds it; then load this page again.";

/** Adds the page's routes. Call it behind the routes of the API, which lie below `/admin/v1`. */
export function mountPage(app: Hono<AppEnv>, gateway: Gateway): void {
  const { platform } = gateway;

  async function file(path: string): Promise<Response | undefined> {
    const asset = await platform.asset(path);
    if (asset === undefined) return undefined;
    return new Response(asset.body, { headers: pageHeaders(path, asset.contentType) });
  }

  app.get("/", (c) => c.redirect("/admin"));
  for (const path of ["/admin", "/admin/"]) {
    app.get(path, async () => {
      const page = await file("/admin/index.html");
      const headers = pageHeaders(path, "text/plain; charset=utf-8");
      return page ?? new Response(NOT_BUILT, { status: 503, headers });
    });
  }
  app.get("/admin/assets/*", async (c) => {
    const found = await file(c.req.path);
    if (found === undefined) throw new TokenhubError("not_found");
    return found;
  });
}
