/** The desk on a database: every change is written together with its entry in the audit chain, by actor `cli`. */
import { randomBytes } from "node:crypto";
import { ulid } from "ulid";
import type { AuditDraft, Resources, Stored, WriteResult } from "../../src/administration.ts";
import { type KeyRecord, makeKey, unlimitedKey } from "../../src/key.ts";
import { keyKind } from "../../src/routes/admin/key.ts";
import { projectKind } from "../../src/routes/admin/project.ts";
import { providerKind } from "../../src/routes/admin/provider.ts";
import { verifyChain } from "../../src/store/audit-chain.ts";
import type { Desk, KeyView } from "./desk.ts";
import { InputError } from "./input-error.ts";
import type { DatabasePlace, Stores } from "./place.ts";
import { declaredIn, providerView, readProvider } from "./provider-row.ts";

/** Rows of one read; more come with the next. */
const PAGE_ROWS = 200;

/** What the desk works with. */
export interface StoreDeskInput {
  readonly stores: Stores;
  readonly place: DatabasePlace;
  readonly nowMs: () => number;
}

/** Works on these stores, which are open for one command. */
export function storeDesk({ stores, place, nowMs }: StoreDeskInput): Desk {
  const { store, admin, requestId } = stores;

  function draft(action: string, target: string, rows: { before?: unknown; after?: unknown }) {
    const text = (row: unknown) => (row === undefined ? undefined : JSON.stringify(row));
    const entry: AuditDraft = {
      ...{ atMs: nowMs(), actor: "cli", action, target, outcome: "ok", requestId },
      ...{ before: text(rows.before), after: text(rows.after) },
    };
    return entry;
  }

  async function all<N extends "project" | "provider">(
    resource: N,
  ): Promise<Stored<Resources[N]>[]> {
    const rows: Stored<Resources[N]>[] = [];
    for (;;) {
      const after = rows.at(-1)?.record.id ?? "";
      const page = await admin.list(resource, { limit: PAGE_ROWS, after });
      rows.push(...page);
      if (page.length < PAGE_ROWS) return rows;
    }
  }

  async function keyOf(id: string): Promise<Stored<KeyRecord>> {
    const key = await admin.get("key", id);
    if (key) return key;
    throw new InputError("no key has this id");
  }

  /** Writes a key over the one that was read. */
  async function changeKey(
    { record: before, version }: Stored<KeyRecord>,
    { record, action }: { record: KeyRecord; action: string },
  ): Promise<void> {
    const rows = { before: keyKind.write(before), after: keyKind.write(record) };
    expectWritten(
      await admin.put("key", record, { audit: draft(action, record.id, rows), version }),
    );
  }

  return {
    async keys() {
      return (await store.keys()).map((key) => keyView(key, nowMs()));
    },
    async createKey(limits) {
      const project = limits.projectId;
      if (project !== undefined && !(await admin.get("project", project))) {
        throw new InputError("no project has this id");
      }
      const made = makeKey(randomBytes);
      const blank = unlimitedKey(made, { name: "", createdAtMs: Math.round(nowMs()) });
      const record = { ...blank, ...limits };
      const audit = draft("key.create", record.id, { after: keyKind.write(record) });
      expectWritten(await admin.put("key", record, { audit, isNew: true }));
      return { id: made.id, key: made.key };
    },
    async rotateKey(id, overlapSeconds) {
      const before = await keyOf(id);
      if (before.record.revokedAtMs !== undefined) {
        throw new InputError("the key is revoked, and that is final");
      }
      const { key, hash, last4 } = makeKey(randomBytes);
      const overlaps = overlapSeconds > 0;
      const until = Math.round(nowMs()) + overlapSeconds * 1000;
      const previousHash = overlaps ? before.record.hash : undefined;
      const previous = { previousHash, previousUntilMs: overlaps ? until : undefined };
      const record = { ...before.record, hash, last4, ...previous };
      await changeKey(before, { record, action: "key.rotate" });
      return { id, key };
    },
    async revokeKey(id) {
      const before = await keyOf(id);
      if (before.record.revokedAtMs !== undefined) return;
      const record = { ...before.record, revokedAtMs: Math.round(nowMs()) };
      await changeKey(before, { record, action: "key.revoke" });
    },
    async projects() {
      return (await all("project")).map(({ record }) => record);
    },
    async createProject(project) {
      const record = { ...project, id: project.id ?? `proj_${ulid(nowMs())}` };
      const audit = draft("project.put", record.id, { after: projectKind.write(record) });
      expectWritten(await admin.put("project", record, { audit, isNew: true }));
      return record.id;
    },
    async providers() {
      const declared = declaredIn(place).providers.map((record) => ({
        record,
        managed: "config",
      }));
      const ids = new Set(declared.map(({ record }) => record.id));
      const stored = (await all("provider")).filter(({ record }) => !ids.has(record.id));
      return [...declared, ...stored]
        .map(providerView)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
    },
    async addProvider(row, secret) {
      if (secret !== undefined) {
        throw new InputError("a key goes into the vault of a running gateway: name it with --url");
      }
      const record = readProvider(row, place);
      const audit = draft("provider.put", record.id, { after: providerKind.write(record) });
      expectWritten(await admin.put("provider", record, { audit, isNew: true }));
    },
    async removeProvider(id) {
      const found = await admin.get("provider", id);
      if (!found) throw new InputError("no provider has this id");
      const before = providerKind.write(found.record);
      const audit = draft("provider.delete", id, { before });
      expectWritten(await admin.remove("provider", id, { audit, version: found.version }));
    },
    async auditPage({ before, limit }) {
      const page = before === undefined ? { limit } : { limit, beforeSeq: before };
      const entries = await admin.auditPage(page);
      return entries.map((entry) => ({ ...entry, at: new Date(entry.atMs).toISOString() }));
    },
    verifyAudit: () => verifyChain((seq, limit) => admin.auditFrom(seq, limit)),
  };
}

/** Why nothing was written. */
const REFUSALS = {
  exists: "there is one with this id already",
  missing: "it is gone already",
  managed: "the config file declares it: change it there, and start or apply again",
} as const;

/** @throws InputError, Error: nothing was written. */
function expectWritten(result: WriteResult): void {
  if (result === "written") return;
  if (result !== "version") throw new InputError(REFUSALS[result]);
  throw new Error("somebody else changed it at the same time; try again");
}

function keyView(key: KeyRecord, nowMs: number): KeyView {
  const expired = key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs;
  const state = key.revokedAtMs !== undefined ? "revoked" : expired ? "expired" : "active";
  const { id, last4, scopes, name } = key;
  return { id, last4, state, scopes, name };
}
