/** A new data key, every row under it, and the old keys gone: cut off anywhere, the next call goes on. */
import type { AdminStore, AuditDraft } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import { IV_BYTES, openSecret, sealSecret } from "./data-key.ts";
import type { Bytes } from "./encoding.ts";
import { newDataKey, type OpenHeader, withKeys } from "./envelope.ts";
import { currentKeyOf, DATA_KEYS_MAX, type Header } from "./header.ts";
import type { HeldKeys } from "./held.ts";
import { keysNeeded, resealAll } from "./reseal.ts";

/**
 * What was sealed with a key and is in no row of its own: a secret on its way there, and texts that are kept for a
 * day. An hour more, so that no clock decides.
 */
const RETIRED_MS = 25 * 60 * 60_000;

/** What a rotation works on. */
export interface Rotation {
  readonly open: OpenHeader;
  /** Has every data key of the header. */
  readonly held: HeldKeys;
  readonly by: AuditDraft;
  readonly store: Pick<AdminStore, "putVault" | "list" | "put" | "audit">;
  readonly nowMs: () => number;
  readonly randomBytes: (n: number) => Bytes;
  /** @throws TokenhubError vault_tampered. */
  readonly read: (row: { header: string; epoch: number }) => Header;
  /** Gives the keys held now to whoever else decrypts. */
  readonly spread: () => Promise<void>;
}

/** @throws TokenhubError conflict: the header was changed by somebody else, or it holds too many keys. */
export async function rotateKeys(work: Rotation): Promise<{ resealed: number; header: Header }> {
  const { open, held, store, by } = work;
  const currentId = currentKeyOf(open.header).id;
  const needed = await keysNeeded(store);
  const isCutOff = open.header.deks.some(({ id }) => id !== currentId && needed.has(id));
  let header = open.header;
  if (isCutOff) await store.audit({ ...by, outcome: "ok" });
  else header = await addKey(work, unneeded(work, header, needed));
  await work.spread();
  const done = await resealAll({
    store,
    audit: { ...by, action: "credential.reseal", outcome: "ok" },
    currentId: currentKeyOf(header).id,
    again: (credential) => reseal(work, currentKeyOf(header).id, credential),
  });
  const drop = unneeded(work, header, done.needed);
  if (drop.size > 0) header = await put(work, header, { drop });
  held.drop(drop);
  return { resealed: done.resealed, header };
}

async function addKey(work: Rotation, drop: ReadonlySet<string>): Promise<Header> {
  const { header } = work.open;
  if (header.deks.length - drop.size >= DATA_KEYS_MAX) throw new TokenhubError("conflict");
  const add = newDataKey(work);
  const next = await put(work, header, { drop, add });
  await work.held.add([add]);
  work.held.drop(drop);
  return next;
}

async function put(
  work: Rotation,
  header: Header,
  change: Pick<Parameters<typeof withKeys>[1], "drop" | "add">,
): Promise<Header> {
  const { open, store, by, randomBytes, nowMs, read } = work;
  const { epoch } = header;
  const given = { ...change, randomBytes, nowMs: nowMs() };
  const text = await withKeys({ header, keys: open.keys }, given);
  const after = JSON.stringify({ data_keys_dropped: change.drop.size, is_new: !!change.add });
  const isWritten = await store.putVault(text, epoch, { ...by, after, outcome: "ok" });
  if (!isWritten) throw new TokenhubError("conflict");
  return read({ header: text, epoch: epoch + 1 });
}

/** Retired a while ago, and no row is under them. */
function unneeded(work: Rotation, header: Header, needed: ReadonlySet<string>): Set<string> {
  const beforeMs = work.nowMs() - RETIRED_MS;
  const retired = header.deks.filter(({ id, retiredAtMs }) => {
    return retiredAtMs !== null && retiredAtMs <= beforeMs && !needed.has(id);
  });
  return new Set(retired.map(({ id }) => id));
}

async function reseal(
  { open, held, randomBytes }: Rotation,
  currentId: string,
  credential: Parameters<typeof openSecret>[1]["credential"],
) {
  const { vaultId } = open.header;
  const [from, to] = [held.get(credential.dekId), held.get(currentId)];
  const secret = from && to && (await openSecret(from, { vaultId, credential }));
  if (secret === undefined || !to) return undefined;
  const next = { ...credential, sealVersion: credential.sealVersion + 1 };
  return sealSecret(to, { vaultId, secret, credential: next, iv: randomBytes(IV_BYTES) });
}
