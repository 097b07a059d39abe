/** Who is asking: the key in either header, checked without I/O where possible, then one cached lookup. */
import { TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import { checkKey, type KeyRecord, type Scope } from "../key.ts";

/** Reads a request header by lower-case name. */
export type Header = (name: string) => string | undefined;

/**
 * The record behind the request's key; at once when all is in memory. `scope` undefined: any key may.
 * @throws TokenhubError missing_or_invalid_key (one body for every reason), insufficient_scope, and what
 * `Snapshot.ready` throws.
 */
export function authenticate(
  gateway: Gateway,
  header: Header,
  scope: Scope | undefined,
): Promise<KeyRecord> | KeyRecord {
  const { snapshot, platform } = gateway;
  const key = presented(header);
  if (key === undefined || !checkKey(key)) throw new TokenhubError("missing_or_invalid_key");
  const hash = platform.digest(key);
  const find = () => snapshot.key(hash);
  const judge = (record: KeyRecord | undefined) =>
    judged(record, { hash, scope, nowMs: platform.nowMs() });
  // A database without a schema is told as such, and a key is judged by a registry that is not too old.
  const loading = snapshot.ready();
  if (loading) return loading.then(find).then(judge);
  const found = find();
  return found instanceof Promise ? found.then(judge) : judge(found);
}

function judged(
  record: KeyRecord | undefined,
  asked: { readonly hash: string; readonly scope: Scope | undefined; readonly nowMs: number },
): KeyRecord {
  if (!record || record.revokedAtMs !== undefined || asked.nowMs >= untilMs(record, asked.hash)) {
    throw new TokenhubError("missing_or_invalid_key");
  }
  if (asked.scope !== undefined && !record.scopes.includes(asked.scope)) {
    throw new TokenhubError("insufficient_scope");
  }
  return record;
}

/** When it opens no more: the key before a rotation ends with the overlap, both with the record. */
function untilMs({ hash, expiresAtMs, previousUntilMs }: KeyRecord, presentedHash: string): number {
  const until = expiresAtMs ?? Number.POSITIVE_INFINITY;
  return presentedHash === hash ? until : Math.min(until, previousUntilMs ?? 0);
}

/** The one key presented; undefined when there is none, or two that differ. */
function presented(header: Header): string | undefined {
  const authorization = header("authorization");
  const plain = header("x-api-key");
  if (authorization === undefined) return plain;
  if (!/^bearer /i.test(authorization)) return undefined;
  const bearer = authorization.slice("bearer ".length).trim();
  return plain === undefined || plain === bearer ? bearer : undefined;
}
