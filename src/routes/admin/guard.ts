/** Who may use the admin API: the token as bearer, or a session's cookie from the page itself. */
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import type { Exchange } from "../../platform.ts";
import type { Guesses } from "./guesses.ts";
import type { Admin, AdminRoute, Origin } from "./route.ts";
import { cookieOf, useSession } from "./sessions.ts";

/** What a guard looks at. */
export interface Asking {
  readonly gateway: Gateway;
  readonly exchange: Exchange;
  readonly origin: Origin;
  readonly guesses: Guesses;
}

/**
 * The hash of the admin token.
 * @throws TokenhubError misconfigured: none is set, so nobody is let in.
 */
export function tokenHashOf({ settings, platform }: Gateway): string {
  const { adminToken } = settings;
  if (adminToken === undefined) {
    const detail = "Set TOKENHUB_ADMIN_TOKEN to at least 32 random characters.";
    throw new TokenhubError("misconfigured", { detail });
  }
  return platform.digest(adminToken);
}

/** Digests are compared, so the time tells nothing of the token. */
export function isToken(gateway: Gateway, text: string): boolean {
  return gateway.platform.digest(text) === tokenHashOf(gateway);
}

/**
 * The admin behind a request.
 * @throws TokenhubError missing_or_invalid_session, rate_limited, misconfigured.
 */
export async function authenticateAdmin(asking: Asking): Promise<Admin> {
  const { gateway, exchange, origin } = asking;
  const tokenHash = tokenHashOf(gateway);
  const authorization = exchange.header("authorization");
  if (authorization !== undefined) {
    const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    proveToken(asking, bearer);
    return { actor: "token", session: undefined };
  }
  const cookie = cookieOf(exchange.header("cookie"), origin);
  const row = cookie && (await useSession(gateway, cookie, tokenHash));
  if (!row) throw new TokenhubError("missing_or_invalid_session");
  return { actor: `session:${row.hash.slice(0, 8)}`, session: row.hash };
}

/** @throws TokenhubError missing_or_invalid_session, rate_limited: guesses are counted. */
export function proveToken({ gateway, origin, guesses }: Asking, token: string | undefined): void {
  const nowMs = gateway.platform.nowMs();
  guesses.check(origin.address, nowMs);
  if (token !== undefined && isToken(gateway, token)) {
    guesses.succeed(origin.address, nowMs);
    return;
  }
  guesses.fail(origin.address, nowMs);
  throw new TokenhubError("missing_or_invalid_session");
}

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/**
 * What a page of another origin could make a browser send is refused: a write that a cookie vouches for, or that
 * gives one, is JSON from the gateway's own origin. A bearer is sent by no browser on its own.
 * @throws TokenhubError forbidden_origin, misdirected_request (a password over plain HTTP).
 */
export function refuseForeign(
  { exchange, origin }: Asking,
  route: Pick<AdminRoute, "method" | "guard" | "isSecret">,
  admin: Admin | undefined,
): void {
  const sent = exchange.header("origin");
  const isWrite = route.method !== "GET";
  if (isWrite && (route.guard === "login" || admin?.session !== undefined)) {
    // Programs that sign in send no Origin; browsers always do.
    const isOwn = sent === undefined ? route.guard === "login" : origin.own.includes(sent);
    const isJson = JSON_TYPE.test(exchange.header("content-type") ?? "");
    if (!isOwn || !isJson) throw new TokenhubError("forbidden_origin");
  }
  if (route.isSecret && !origin.isSafe) {
    const detail = "Passwords are taken over https, or from this machine.";
    throw new TokenhubError("misdirected_request", { detail });
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Carries the password (UTF-8) once more, for what a cookie alone may not do. */
const STEP_UP = "x-tokenhub-step-up";

/**
 * Asks for the vault's password, or for the admin token while there is no vault.
 * @throws TokenhubError step_up_required, and what `Vault.verify` throws.
 */
export async function stepUp({ gateway, exchange }: Asking): Promise<void> {
  const proof = fromBytes(exchange.header(STEP_UP) ?? "");
  if (proof === "") throw new TokenhubError("step_up_required");
  const { vault } = gateway.platform;
  const hasVault =
    gateway.settings.vaultEnabled && (await vault.status()).state !== "uninitialised";
  if (hasVault) return vault.verify(proof);
  if (!isToken(gateway, proof)) throw new TokenhubError("step_up_required");
}

/** Header values come as Latin-1; a password in UTF-8 is put together again. */
function fromBytes(text: string): string {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  if (codes.some((code) => code > 0xff)) return text;
  try {
    return UTF8.decode(Uint8Array.from(codes));
  } catch {
    return text;
  }
}
