/** Providers: rows of the registry whose keys may lie in the vault. */
import { z } from "zod";
import { originsOf } from "../../credential.ts";
import { TokenhubError } from "../../errors.ts";
import { providerRow } from "../../registry-rows.ts";
import type { Row, RowKind, Standing } from "./kind.ts";
import { environmentRows, only, readRow } from "./registry-read.ts";
import type { AdminCall, AdminRoute } from "./route.ts";
import { findRow, type Wanted } from "./row-store.ts";
import { rowRoutes } from "./rows.ts";

/** `credential_state`: can it be asked now, and if not, why. */
export const CREDENTIAL_STATES = [
  "ok",
  "none",
  "missing",
  "vault_sealed",
  "credential_origin_mismatch",
] as const;

/** Providers as rows. */
export const providerKind: RowKind<"provider"> = {
  name: "provider",
  path: "/providers",
  idPattern: ":id",
  written: providerRow,
  told: {
    base_url: z.string(),
    endpoints: z.array(z.string()),
    credential_state: z.enum(CREDENTIAL_STATES),
  },
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row) {
    // What is typed into a page is public unless it says otherwise.
    const { providers } = await readRow(call, "providers", { network: "public", ...row });
    return { record: only(providers) };
  },
  write: (record) => ({
    id: record.id,
    type: record.kind,
    base_url: record.baseUrl,
    endpoints: record.endpoints,
    dialects: record.dialects,
    credential_source: record.credentialSource,
    env_key_name: record.envKeyName,
    network: record.network,
    headers: record.headers,
    labels: record.labels,
    enabled: record.enabled,
  }),
  tell({ keyring }, record) {
    if (record.credentialSource === "none") return { credential_state: "none" };
    const { lack } = keyring.usable(record);
    return { credential_state: lack === undefined ? "ok" : CREDENTIAL_LACKS[lack] };
  },
  declared: (gateway) => environmentRows(gateway).providers,
};

/** Why a provider has no credential → its word. */
export const CREDENTIAL_LACKS = {
  missing: "missing",
  "vault-sealed": "vault_sealed",
  "origin-mismatch": "credential_origin_mismatch",
} as const satisfies Record<string, (typeof CREDENTIAL_STATES)[number]>;

/** The path's id is the row's. @throws TokenhubError invalid_value. */
export function named(row: Row, id: string): Row {
  if (row.id !== undefined && row.id !== id) {
    throw new TokenhubError("invalid_value", { param: "id", detail: "The path names another." });
  }
  return { ...row, id };
}

/** Whoever moves a provider with keys in the vault elsewhere proves once more who they are. */
async function movesKeys(call: AdminCall, wanted: Wanted): Promise<boolean> {
  const before = await findRow(call.gateway, providerKind, wanted.id);
  if (!before || !(await hasCredentials(call, wanted.id))) return false;
  const after = wanted.row(providerKind.write(before.record));
  return originsAfter(before, after) !== originsOf(before.record);
}

async function hasCredentials({ gateway }: AdminCall, providerId: string): Promise<boolean> {
  const page = { limit: 1, providerId };
  return (await gateway.platform.admin.list("credential", page)).length > 0;
}

/** Of the row as it would be; undefined: its addresses come from elsewhere, so it counts as a move. */
function originsAfter({ record }: Standing<"provider">, row: Row): string | undefined {
  const { base_url, endpoints } = row as z.output<typeof providerRow>;
  const baseUrl = base_url ?? endpoints[0];
  return baseUrl === undefined ? undefined : originsOf({ ...record, baseUrl, endpoints });
}

/** List to delete. */
export const providerRoutes: readonly AdminRoute[] = rowRoutes(providerKind, {
  stepUp: movesKeys,
});
