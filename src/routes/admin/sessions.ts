/** An admin's session: a random cookie whose hash the store keeps, for a while and for one admin token. */
import type { AuditDraft, SessionRow } from "../../administration.ts";
import type { Gateway } from "../../isolate.ts";
import type { Origin } from "./route.ts";

const MINUTE_MS = 60_000;
/** Unused for this long it ends … */
export const SESSION_IDLE_MS = 15 * MINUTE_MS;
/** … and in any case after this. */
export const SESSION_MAX_MS = 8 * 60 * MINUTE_MS;
/** Use is written down at most this often. */
const TOUCH_MS = 30_000;
const TOKEN_BYTES = 32;

/** Sent over https only; a browser takes it from no subdomain and over no plain connection. */
const SECURE_NAME = "__Host-th_admin";
/** On this machine there is no https. */
const PLAIN_NAME = "th_admin";

function cookieName({ isHttps }: Origin): string {
  return isHttps ? SECURE_NAME : PLAIN_NAME;
}

/** The value of `Set-Cookie` that gives this session, or with an empty value takes it away. */
export function setCookie(origin: Origin, value: string): string {
  const ageS = value === "" ? 0 : SESSION_MAX_MS / 1000;
  const parts = [`${cookieName(origin)}=${value}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  return [...parts, `Max-Age=${ageS}`, ...(origin.isHttps ? ["Secure"] : [])].join("; ");
}

/** The session's cookie; undefined: none, or one that such a connection must not carry. */
export function cookieOf(header: string | undefined, origin: Origin): string | undefined {
  if (header === undefined || !origin.isSafe) return undefined;
  const name = `${cookieName(origin)}=`;
  const found = header.split(";").map((part) => part.trim());
  const value = found.find((part) => part.startsWith(name))?.slice(name.length);
  return value === undefined || value === "" ? undefined : value;
}

/** Opens a session, together with its audit entry; answers its cookie, which is kept nowhere. */
export async function openSession(
  { platform }: Gateway,
  tokenHash: string,
  audit: AuditDraft,
): Promise<{ readonly cookie: string; readonly actor: string }> {
  const bytes = platform.randomBytes(TOKEN_BYTES);
  const cookie = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const nowMs = platform.nowMs();
  await platform.admin.pruneSessions(nowMs - SESSION_IDLE_MS);
  const hash = platform.digest(cookie);
  const actor = `session:${hash.slice(0, 8)}`;
  const row = { hash, tokenHash, createdAtMs: nowMs, seenAtMs: nowMs };
  await platform.admin.putSession(row, { ...audit, actor });
  return { cookie, actor };
}

/** The session of this cookie while it holds; its use is noted. */
export async function useSession(
  { platform }: Gateway,
  cookie: string,
  tokenHash: string,
): Promise<SessionRow | undefined> {
  const row = await platform.admin.session(platform.digest(cookie));
  if (!row) return undefined;
  const nowMs = platform.nowMs();
  const ended =
    row.tokenHash !== tokenHash ||
    nowMs - row.seenAtMs >= SESSION_IDLE_MS ||
    nowMs - row.createdAtMs >= SESSION_MAX_MS;
  if (ended) {
    await platform.admin.dropSession(row.hash);
    return undefined;
  }
  if (nowMs - row.seenAtMs >= TOUCH_MS) await platform.admin.touchSession(row.hash, nowMs);
  return row;
}
