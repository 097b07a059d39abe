import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/administration.ts";
import { CHAIN_START, chained, verifyChain } from "../../../src/store/audit-chain.ts";
import { aDraft } from "../../fakes/admin-records.ts";

/** A chain of so many entries. */
function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let n = 1; n <= length; n++) {
    entries.push(chained(aDraft({ atMs: n }), entries.at(-1) ?? CHAIN_START));
  }
  return entries;
}

/** Verifies these, and tells how many were read at most at once. */
async function verified(entries: readonly AuditEntry[]) {
  let most = 0;
  const check = await verifyChain(async (fromSeq, limit) => {
    const page = entries.filter(({ seq }) => seq >= fromSeq).slice(0, limit);
    most = Math.max(most, page.length);
    return page;
  });
  return { check, most };
}

describe("an audit chain", () => {
  it("can be verified with nothing but SHA-256 and JSON", () => {
    const entry = chained(aDraft({ before: undefined, after: "{}" }), CHAIN_START);
    const fields = `[1,1000,"session:0a1b2c3d","provider.put","p","ok",null,"{}","req_1"]`;
    const hash = createHash("sha256").update("0".repeat(64) + fields);
    expect(entry.hash).toBe(hash.digest("hex"));
  });

  it("of no entry holds", async () => {
    expect((await verified([])).check).toEqual({ ok: true, entries: 0 });
  });

  it("is read in pages, and is one chain across them", async () => {
    for (const length of [199, 200, 201, 500]) {
      const { check, most } = await verified(chainOf(length));
      expect(check).toEqual({ ok: true, entries: length });
      expect(most).toBeLessThanOrEqual(200);
    }
    const entries = chainOf(500).filter(({ seq }) => seq !== 201);
    expect((await verified(entries)).check).toEqual({ ok: false, seq: 201 });
  });

  it("shows an entry that was forged together with its hash: the next one does not follow", async () => {
    const entries = chainOf(3);
    const forged = entries.with(1, chained(aDraft({ actor: "system" }), entries[0] ?? CHAIN_START));
    expect((await verified(forged)).check).toEqual({ ok: false, seq: 3 });
  });

  it("begins anew nowhere: the first entry of all follows nothing", async () => {
    const first = chained(aDraft(), { seq: 0, hash: "f".repeat(64) });
    expect((await verified([first])).check).toEqual({ ok: false, seq: 1 });
  });

  it("tells texts apart that differ only in where one field ends", () => {
    const one = chained(aDraft({ actor: 'a","b', action: "c" }), CHAIN_START);
    const other = chained(aDraft({ actor: "a", action: 'b","c' }), CHAIN_START);
    const none = chained(aDraft({ before: undefined }), CHAIN_START);
    const empty = chained(aDraft({ before: "null" }), CHAIN_START);
    expect(one.hash).not.toBe(other.hash);
    expect(none.hash).not.toBe(empty.hash);
  });
});
