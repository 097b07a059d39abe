/** The admin API on one app: every route of the table behind the same guard. */
import type { Context, Hono } from "hono";
import type { z } from "zod";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import { checkControl } from "../../policy.ts";
import { parseDocument } from "../../wire/json.ts";
import type { AppEnv } from "../door.ts";
import { createDenials, type NoteDenial } from "./denials.ts";
import { type Asking, authenticateAdmin, refuseForeign, stepUp, tokenHashOf } from "./guard.ts";
import { createGuesses, type Guesses } from "./guesses.ts";
import { originOf } from "./origin.ts";
import { type Admin, type AdminAnswer, type AdminCall, type AdminRoute, GUARDS } from "./route.ts";
import { ROUTES } from "./table.ts";

const BASE = "/admin/v1";
const BODY_BYTES_MAX = 64 * 1024;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Gate {
  readonly gateway: Gateway;
  readonly guesses: Guesses;
  readonly deny: NoteDenial;
}

/** An admin mistypes a token a few times; all strangers together get no more than three of them would. */
const ADMIN_GUESSES = { perClientMax: 10, ofAllMax: 30 };

/**
 * Adds the admin API, and the check of the host name for everything below `/admin`.
 * @throws Error when a route declares no guard.
 */
export function mountAdmin(
  app: Hono<AppEnv>,
  gateway: Gateway,
  routes: readonly AdminRoute[] = ROUTES,
): void {
  const gate = { gateway, guesses: createGuesses(ADMIN_GUESSES), deny: createDenials(gateway) };
  app.use("/admin/*", async (c, next) => {
    const exchange = gateway.platform.exchange(c.req.raw, c.env);
    originOf({ exchange, url: c.req.url }, gateway.settings);
    await next();
  });
  for (const route of routes) {
    if (!GUARDS.includes(route.guard)) {
      throw new Error(`${route.method} ${route.path} declares no guard.`);
    }
    app.on(route.method, BASE + route.path, (c) => answer(gate, route, c));
  }
  app.all(`${BASE}/*`, (c) => missing(gate, routes, c));
}

async function answer(gate: Gate, route: AdminRoute, c: Context<AppEnv>): Promise<Response> {
  const asking = arrive(gate, c);
  let admin: Admin | undefined;
  let isProving = false;
  try {
    tokenHashOf(gate.gateway);
    if (route.guard === "admin") admin = await authenticateAdmin(asking);
    refuseForeign(asking, route, admin);
    // An admin may be the first whom this isolate sees; what cannot be read is told by the route that needs it.
    await gate.gateway.snapshot.ready()?.catch(() => undefined);
    const call = await callOf(asking, { route, admin, c });
    if (admin?.session !== undefined && (await route.stepUp?.(call))) {
      isProving = true;
      await stepUp(asking);
      isProving = false;
    }
    const answered = await route.handle(call);
    return reply(asking, c.get("requestId"), answered);
  } catch (error) {
    // A wrong password that a route itself takes is told by the vault.
    const isDenied = error instanceof TokenhubError && DENIALS.has(error.code);
    if (error instanceof TokenhubError && (isProving || (isDenied && !isMereQuestion(route)))) {
      gate.deny({
        action: `${route.method} ${route.path}`,
        code: error.code,
        actor: admin?.actor ?? "unknown",
        address: asking.origin.address,
        requestId: c.get("requestId"),
      });
    }
    throw error;
  }
}

/** The page asks with every load whether somebody is signed in: no attempt on anything. */
function isMereQuestion({ method, path }: AdminRoute): boolean {
  return method === "GET" && path === "/session";
}

/** What means that somebody tried what they may not. */
const DENIALS: ReadonlySet<string> = new Set([
  "missing_or_invalid_session",
  "rate_limited",
  "forbidden_origin",
  "step_up_required",
  "misdirected_request",
]);

function arrive({ gateway, guesses }: Gate, c: Context<AppEnv>): Asking {
  c.set("requestId", gateway.platform.newId("req"));
  const exchange = gateway.platform.exchange(c.req.raw, c.env);
  const origin = originOf({ exchange, url: c.req.url }, gateway.settings);
  return { gateway, exchange, origin, guesses };
}

/** Only admins learn what is not there. */
async function missing(
  gate: Gate,
  routes: readonly AdminRoute[],
  c: Context<AppEnv>,
): Promise<never> {
  await authenticateAdmin(arrive(gate, c));
  const path = c.req.path.slice(BASE.length);
  const allowed = routes.filter((route) => patternOf(route.path).test(path));
  if (allowed.length === 0) throw new TokenhubError("not_found");
  const allow = [...new Set(allowed.map(({ method }) => method))].join(", ");
  throw new TokenhubError("method_not_allowed", { headers: { allow } });
}

function patternOf(path: string): RegExp {
  const parts = path.split("/").map((part) => (part.endsWith("{.+}") ? ".+" : part));
  return new RegExp(`^${parts.map((part) => (part.startsWith(":") ? "[^/]+" : part)).join("/")}$`);
}

async function callOf(
  asking: Asking,
  { route, admin, c }: { route: AdminRoute; admin: Admin | undefined; c: Context<AppEnv> },
): Promise<AdminCall> {
  const { gateway, exchange } = asking;
  const { platform } = gateway;
  const requestId = c.get("requestId");
  const actor = admin?.actor ?? "unknown";
  const text = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
  return {
    ...asking,
    requestId,
    admin,
    params: c.req.param() as Record<string, string>,
    query: queryOf(route.query, c),
    body: route.method === "GET" ? undefined : await bodyOf(asking, route),
    version: versionOf(exchange.header("if-match")),
    audit: ({ action, target = "", outcome = "ok", before, after }) => ({
      ...{ atMs: platform.nowMs(), actor, action, target, outcome, requestId },
      before: text(before),
      after: text(after),
    }),
  };
}

function queryOf(schema: z.ZodType | undefined, c: Context<AppEnv>): unknown {
  const given = c.req.query();
  if (schema) return checkControl(schema, given, "");
  const [name] = Object.keys(given);
  if (name === undefined) return undefined;
  throw new TokenhubError("invalid_field", { detail: "This route takes no query." });
}

/** @throws TokenhubError invalid_json, too_large, invalid_field, invalid_value with the path. */
async function bodyOf({ gateway, exchange }: Asking, route: AdminRoute): Promise<unknown> {
  const { limits } = gateway;
  const bytesMax = route.bytesMax ?? BODY_BYTES_MAX;
  if (Number(exchange.header("content-length") ?? 0) > bytesMax) {
    throw new TokenhubError("too_large");
  }
  const bytes = await exchange.receive({ bytesMax, timeoutMs: limits.bodyTimeoutMs });
  const isJson = /^application\/json\b/i.test(exchange.header("content-type") ?? "");
  if (route.body && route.textField !== undefined && !isJson) {
    return checkControl(route.body, { [route.textField]: textOf(bytes) }, "");
  }
  const value = bytes.length === 0 ? {} : parseDocument(bytes, limits).value;
  if (route.body) return checkControl(route.body, value, "");
  if (Object.keys(value).length > 0) throw new TokenhubError("invalid_field");
  return undefined;
}

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new TokenhubError("invalid_value", { detail: "The text is not UTF-8." });
  }
}

/** @throws TokenhubError invalid_value. */
function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header === "*") return undefined;
  const digits = /^"?(\d{1,15})"?$/.exec(header)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new TokenhubError("invalid_value", { param: "If-Match", detail: "It is a row's version." });
}

function reply({ exchange }: Asking, requestId: string, answered: AdminAnswer): Response {
  const { status = 200, body, text, source, headers } = answered;
  const told = {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "x-request-id": requestId,
    ...headers,
  };
  return exchange.reply({ status, headers: told }, source ?? text ?? JSON.stringify(body));
}
