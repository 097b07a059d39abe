/** Seals every credential again with the current data key, row by row. */
import type { AdminStore, AuditDraft } from "../administration.ts";
import type { CredentialRecord } from "../credential.ts";

const PAGE = 100;
/** A row that is changed by others at the same time is read again this often. */
const PASSES_MAX = 5;

/** What the rows are sealed again with. */
export interface Reseal {
  readonly store: Pick<AdminStore, "list" | "put">;
  readonly currentId: string;
  /** The row under the current key; undefined: it cannot be decrypted. */
  again(credential: CredentialRecord): Promise<CredentialRecord | undefined>;
  readonly audit: AuditDraft;
}

/** What became of the rows. */
export interface Resealed {
  readonly resealed: number;
  /** Data keys that rows still need. */
  readonly needed: ReadonlySet<string>;
}

/** Each row by compare-and-swap on its version: an edit at the same time wins. Stopped anywhere, it goes on. */
export async function resealAll(work: Reseal): Promise<Resealed> {
  let resealed = 0;
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const done = await onePass(work);
    resealed += done.resealed;
    if (done.lost === 0) break;
  }
  return { resealed, needed: await keysNeeded(work.store) };
}

async function onePass(work: Reseal): Promise<{ resealed: number; lost: number }> {
  let [resealed, lost] = [0, 0];
  for await (const { record, version } of credentials(work.store)) {
    if (record.dekId === work.currentId) continue;
    const again = await work.again(record);
    if (!again) continue;
    const change = { audit: { ...work.audit, target: record.id }, version };
    const result = await work.store.put("credential", again, change);
    if (result === "written") resealed++;
    else lost++;
  }
  return { resealed, lost };
}

/** The data keys that rows were sealed with. */
export async function keysNeeded(store: Pick<AdminStore, "list">): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { record } of credentials(store)) ids.add(record.dekId);
  return ids;
}

async function* credentials(store: Pick<AdminStore, "list">) {
  let after = "";
  for (;;) {
    const page = await store.list("credential", { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.record.id;
  }
}
