/** How the admin API reads and writes rows: with their owner, their version, and an entry in the audit chain. */
import type { ResourceName, Resources, WriteResult } from "../../administration.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import type { Row, RowKind, Standing } from "./kind.ts";
import type { AdminAnswer, AdminCall } from "./route.ts";

/** What the environment declares is owned by it and never changes version. */
const DECLARED = { version: 1, managed: "config" } as const;
const DECLARED_ELSEWHERE =
  "The config file or the environment declares this row: change it there and start again.";
/** A write without `If-Match` that met another one is tried again on the row as it is then. */
const TRIES_MAX = 5;

/** A page of rows with what the environment declares among them, ordered by id. */
export async function listRows<N extends ResourceName>(
  gateway: Gateway,
  kind: RowKind<N>,
  page: { after?: string | undefined; limit: number; provider?: string | undefined },
): Promise<{ data: Row[]; next: string | null }> {
  const { after, limit, provider } = page;
  const stored = await gateway.platform.admin.list(kind.name, {
    ...(after === undefined ? {} : { after }),
    ...(provider === undefined ? {} : { providerId: provider }),
    limit: limit + 1,
  });
  const declared = (kind.declared?.(gateway) ?? []).filter(
    (record) =>
      kind.recordId(record) > (after ?? "") &&
      (provider === undefined || kind.write(record).provider_id === provider),
  );
  const rows = new Map<string, Standing<N>>(
    [...stored, ...declared.map((record) => ({ record, ...DECLARED }))].map((row) => [
      kind.recordId(row.record),
      row,
    ]),
  );
  const ids = [...rows.keys()].sort();
  const shown = ids.slice(0, limit).flatMap((id) => rows.get(id) ?? []);
  return {
    data: await Promise.all(shown.map((row) => toldRow(gateway, kind, row))),
    next: ids.length > limit ? (ids[limit - 1] ?? null) : null,
  };
}

/** The row with this id; the environment's own counts before a stored one. */
export async function findRow<N extends ResourceName>(
  gateway: Gateway,
  kind: RowKind<N>,
  id: string,
): Promise<Standing<N> | undefined> {
  const declared = kind.declared?.(gateway).find((record) => kind.recordId(record) === id);
  if (declared) return { record: declared, ...DECLARED };
  return gateway.platform.admin.get(kind.name, id);
}

/** The row as it is told. */
export async function toldRow<N extends ResourceName>(
  gateway: Gateway,
  kind: RowKind<N>,
  { record, version, managed }: Standing<N>,
): Promise<Row> {
  const id = kind.recordId(record);
  const more = (await kind.tell?.(gateway, record)) ?? {};
  return { id, ...kind.write(record), ...more, version, managed };
}

/** What is to be written. */
export interface Wanted {
  readonly id: string;
  /** The whole row, made of the one that stands there. @throws TokenhubError. */
  row(before: Row | undefined): Row;
  readonly mustExist?: boolean;
  /** Of the audit entry; default: the kind's `put`. */
  readonly action?: string;
}

/** @throws TokenhubError not_found, version_mismatch, conflict, and whatever is wrong with the row. */
export async function putRow<N extends ResourceName>(
  call: AdminCall,
  kind: RowKind<N>,
  wanted: Wanted,
): Promise<AdminAnswer> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const before = await findRow(call.gateway, kind, wanted.id);
    if (!before && wanted.mustExist) throw new TokenhubError("not_found");
    if (before?.managed === "config") throw refusal("managed", call.version);
    const row = wanted.row(before && kind.write(before.record));
    const { record, also } = await kind.read(call, row, before);
    const written = await saveRecord(call, kind, { record, before, action: wanted.action });
    if (written === "written") {
      await also?.(call);
      await call.gateway.snapshot.reload();
      const now = await findRow(call.gateway, kind, wanted.id);
      if (!now) throw new TokenhubError("conflict");
      return { status: before ? 200 : 201, body: await toldRow(call.gateway, kind, now) };
    }
    if (call.version !== undefined || written === "managed") {
      throw refusal(written, call.version);
    }
  }
  throw new TokenhubError("conflict");
}

/** Writes a record over the row that was read; what it answers is why nothing was written. */
export async function saveRecord<N extends ResourceName>(
  call: AdminCall,
  kind: Pick<RowKind<N>, "name" | "recordId" | "write">,
  change: {
    readonly record: Resources[N];
    readonly before: Standing<N> | undefined;
    readonly action?: string | undefined;
  },
): Promise<WriteResult> {
  const { record, before, action = `${kind.name}.put` } = change;
  if (call.version !== undefined && call.version !== before?.version) return "version";
  return call.gateway.platform.admin.put(kind.name, record, {
    audit: call.audit({
      action,
      target: kind.recordId(record),
      before: before && kind.write(before.record),
      after: kind.write(record),
    }),
    ...(before ? { version: before.version } : { isNew: true }),
  });
}

/** @throws TokenhubError not_found, version_mismatch, conflict. */
export async function removeRow<N extends ResourceName>(
  call: AdminCall,
  kind: RowKind<N>,
  id: string,
): Promise<void> {
  const before = await findRow(call.gateway, kind, id);
  if (!before) throw new TokenhubError("not_found");
  if (before.managed === "config") throw refusal("managed", call.version);
  const removed = await call.gateway.platform.admin.remove(kind.name, id, {
    audit: call.audit({
      action: `${kind.name}.delete`,
      target: id,
      before: kind.write(before.record),
    }),
    version: call.version ?? before.version,
  });
  if (removed !== "written") throw refusal(removed, call.version);
  await call.gateway.snapshot.reload();
}

/** Why nothing was written, as the client is told. */
export function refusal(
  result: Exclude<WriteResult, "written">,
  asked: number | undefined,
): TokenhubError {
  if (result === "managed") return new TokenhubError("conflict", { detail: DECLARED_ELSEWHERE });
  if (result === "missing") return new TokenhubError("not_found");
  if (result === "version" && asked === undefined) return new TokenhubError("conflict");
  return new TokenhubError(result === "version" ? "version_mismatch" : "conflict");
}
