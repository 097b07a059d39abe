/** A program that uses a home's admin API over real HTTP. */
import { ADMIN_TOKEN } from "./admin-token.ts";
import type { Home } from "./homes.ts";

/** One answer, read. */
export interface AdminReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly body: any;
}

/** How a request differs from a bearer's with JSON. */
export interface AdminAsked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the token. */
  readonly bare?: boolean;
}

/** `METHOD /path` below `/admin/v1`, with the admin token. */
export async function askAdmin(
  home: Pick<Home, "url">,
  what: string,
  { body, headers = {}, bare = false }: AdminAsked = {},
): Promise<AdminReply> {
  const [method = "GET", path = "/"] = what.split(" ");
  const sent = new Headers(headers);
  if (!bare) sent.set("authorization", `Bearer ${ADMIN_TOKEN}`);
  if (body !== undefined && !sent.has("content-type")) sent.set("content-type", "application/json");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${home.url}/admin/v1${path}`, {
    method,
    headers: sent,
    body: text,
  });
  const answer = await response.text();
  const { status } = response;
  const parsed = answer.startsWith("{") ? JSON.parse(answer) : {};
  return { status, headers: response.headers, text: answer, body: parsed };
}

/** Signs in; answers the headers that a page sends from then on. */
export async function signIn(home: Pick<Home, "url">): Promise<Record<string, string>> {
  const { headers } = await askAdmin(home, "POST /session", {
    bare: true,
    body: { token: ADMIN_TOKEN },
  });
  const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, origin: home.url, "content-type": "application/json" };
}
