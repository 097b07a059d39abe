/** The audit chain: each entry's hash covers the entry before it. Pure; `audited.ts` writes it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AuditDraft, AuditEntry } from "../administration.ts";

/** The end of a chain: what the next entry is hung on. */
export interface ChainHead {
  /** 0: there is no entry yet. */
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

/** Where every chain begins. */
export const CHAIN_START: ChainHead = { seq: 0, hash: "0".repeat(64) };

/** Every entry holds, and how many there are; or the first number at which the chain is broken. */
export type ChainCheck =
  | { readonly ok: true; readonly entries: number }
  | { readonly ok: false; readonly seq: number };

/** Entries in memory at once: what admins send is ≤ 64 KiB, so at the very worst 26 MB before and after. */
const PAGE = 200;

/**
 * The draft's entry at its place after `head`: whole milliseconds, and text that every database gives back as it
 * was, so that the hash still holds then.
 */
export function chained(draft: AuditDraft, head: ChainHead): AuditEntry {
  const entry = {
    atMs: Math.round(draft.atMs),
    actor: kept(draft.actor),
    action: kept(draft.action),
    target: kept(draft.target),
    outcome: draft.outcome,
    before: draft.before === undefined ? undefined : kept(draft.before),
    after: draft.after === undefined ? undefined : kept(draft.after),
    requestId: kept(draft.requestId),
    seq: head.seq + 1,
    previousHash: head.hash,
  };
  return { ...entry, hash: hashOf(entry) };
}

/** Without what is lost in a database: NUL, which may end a text, and halves of surrogate pairs. */
function kept(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/**
 * Goes through the entries of a chain, which `read` answers oldest first from a number on. The oldest one
 * that is kept is trusted to follow what was pruned, unless it is the first of all. That the newest ones
 * are missing cannot be seen from the rest.
 */
export async function verifyChain(
  read: (fromSeq: number, limit: number) => Promise<readonly AuditEntry[]>,
): Promise<ChainCheck> {
  let head: ChainHead | undefined;
  let entries = 0;
  for (;;) {
    const page = await read(head ? head.seq + 1 : 0, PAGE);
    for (const entry of page) {
      head ??= entry.seq <= 1 ? CHAIN_START : { seq: entry.seq - 1, hash: entry.previousHash };
      const seq = head.seq + 1;
      const holds =
        entry.seq === seq && entry.previousHash === head.hash && entry.hash === hashOf(entry);
      if (!holds) return { ok: false, seq };
      head = { seq, hash: entry.hash };
      entries += 1;
    }
    if (page.length < PAGE) return { ok: true, entries };
  }
}

/** SHA-256 (hex) of the previous hash and the fields as one JSON list: no two entries have one text. */
function hashOf(entry: Omit<AuditEntry, "hash">): string {
  const fields = [
    ...[entry.seq, entry.atMs, entry.actor, entry.action, entry.target, entry.outcome],
    ...[entry.before ?? null, entry.after ?? null, entry.requestId],
  ];
  return bytesToHex(sha256(utf8ToBytes(entry.previousHash + JSON.stringify(fields))));
}
