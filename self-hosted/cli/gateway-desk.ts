/** The desk at a running gateway, through its admin API. */
import { z } from "zod";
import { nanoFromUsd } from "../../src/cost.ts";
import { unlimitedKey } from "../../src/key.ts";
import { keyKind } from "../../src/routes/admin/key.ts";
import { projectKind } from "../../src/routes/admin/project.ts";
import { type AdminClient, RefusedError } from "../admin-client.ts";
import type { Desk } from "./desk.ts";
import { InputError } from "./input-error.ts";
import type { KeyLimits } from "./key-options.ts";

/** Pages of one list at most: ten thousand rows are more than a terminal shows. */
const PAGES_MAX = 50;

const keyRow = z.object({
  id: z.string(),
  last4: z.string(),
  state: z.enum(["active", "expired", "revoked"]),
  scopes: z.array(z.string()),
  name: z.string(),
  created_at: z.string(),
});
const madeRow = z.object({ id: z.string(), key: z.string() });
const projectRow = z.object({
  id: z.string(),
  name: z.string(),
  budget_day_usd: z.number().optional(),
  budget_month_usd: z.number().optional(),
  time_zone: z.string().optional(),
  labels: z.array(z.string()),
});
const providerRow = z.object({
  id: z.string(),
  type: z.string(),
  base_url: z.string(),
  credential_source: z.string(),
  credential_state: z.string(),
  enabled: z.boolean(),
  managed: z.string(),
});
const auditRow = z.object({
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: z.string(),
  request_id: z.string(),
});
const checkShape = z.union([
  z.object({ ok: z.literal(true), entries: z.int() }),
  z.object({ ok: z.literal(false), seq: z.int() }),
]);
const vaultShape = z.object({ state: z.string() });
const rowShape = z.object({ id: z.string() });
const anything = z.object({});

/** Asks this gateway. */
export function gatewayDesk(client: AdminClient): Desk {
  async function all<S extends z.ZodObject>(list: string, row: S): Promise<z.output<S>[]> {
    const shape = z.object({ data: z.array(row), next: z.string().nullable() });
    const rows: z.output<S>[] = [];
    let after = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const { data, next } = await client.ask("GET", `${list}${after}`, { shape });
      rows.push(...data);
      if (next === null) break;
      after = `?after=${encodeURIComponent(next)}`;
    }
    return rows;
  }

  /** A POST would change the row that is there. @throws InputError. */
  async function expectNone(path: string): Promise<void> {
    const found = await client.ask("GET", path, { shape: anything }).catch(unlessMissing);
    if (found) throw new InputError("there is one with this id already");
  }

  return {
    async keys() {
      const rows = await all("/keys", keyRow);
      const newest = (one: (typeof rows)[number]) => `${one.created_at} ${one.id}`;
      return rows.sort((one, other) => (newest(one) < newest(other) ? 1 : -1));
    },
    createKey: (limits) => client.ask("POST", "/keys", { shape: madeRow, body: keyBody(limits) }),
    async rotateKey(id, overlapSeconds) {
      const asked = { shape: madeRow, body: { overlap_seconds: overlapSeconds } };
      return known(
        "key",
        await client.ask("POST", `/keys/${id}/rotate`, asked).catch(unlessMissing),
      );
    },
    async revokeKey(id) {
      const asked = { shape: anything };
      known("key", await client.ask("DELETE", `/keys/${id}`, asked).catch(unlessMissing));
    },
    async projects() {
      return (await all("/projects", projectRow)).map((row) => ({
        id: row.id,
        name: row.name,
        budgetDayNanoUsd: nano(row.budget_day_usd),
        budgetMonthNanoUsd: nano(row.budget_month_usd),
        timeZone: row.time_zone,
        labels: row.labels,
      }));
    },
    async createProject(project) {
      const { id, ...row } = projectKind.write({ ...project, id: project.id ?? "" });
      if (project.id !== undefined) await expectNone(`/projects/${project.id}`);
      const body = project.id === undefined ? row : { id, ...row };
      return (await client.ask("POST", "/projects", { shape: rowShape, body })).id;
    },
    async providers() {
      return (await all("/providers", providerRow)).map((row) => ({
        id: row.id,
        type: row.type,
        baseUrl: row.base_url,
        credentialSource: row.credential_source,
        state: row.enabled ? row.credential_state : "disabled",
        managed: row.managed,
      }));
    },
    async addProvider(row, secret) {
      await expectNone(`/providers/${row.id}`);
      if (secret !== undefined) await expectOpenVault(client);
      await client.ask("POST", "/providers", { shape: rowShape, body: row });
      if (secret === undefined) return;
      const path = `/providers/${row.id}/credentials`;
      await client.ask("POST", path, { shape: rowShape, body: { secret } }).catch(async (error) => {
        await client.ask("DELETE", `/providers/${row.id}`, { shape: anything });
        throw error;
      });
    },
    async removeProvider(id) {
      const path = `/providers/${encodeURIComponent(id)}`;
      known("provider", await client.ask("DELETE", path, { shape: anything }).catch(unlessMissing));
    },
    async auditPage({ before, limit }) {
      const shape = z.object({ data: z.array(auditRow) });
      const from = before === undefined ? "" : `&before=${before}`;
      const { data } = await client.ask("GET", `/audit?limit=${limit}${from}`, { shape });
      return data.map(({ request_id, ...entry }) => ({ ...entry, requestId: request_id }));
    },
    verifyAudit: () => client.ask("POST", "/audit/verify", { shape: checkShape }),
  };
}

/** Nothing has this id. */
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof RefusedError && error.status === 404)) throw error;
}

/** @throws InputError: it was missing. */
function known<T>(what: string, answer: T | undefined): T {
  if (answer === undefined) throw new InputError(`no ${what} has this id`);
  return answer;
}

/** Before anything is written. @throws Error. */
async function expectOpenVault(client: AdminClient): Promise<void> {
  const { state } = await client.ask("GET", "/vault", { shape: vaultShape });
  if (state !== "unsealed") throw new Error(`the vault takes no key now: it is ${state}`);
}

/** Who the key is, the gateway says. */
function keyBody(limits: KeyLimits): Readonly<Record<string, unknown>> {
  const nobody = { id: "", hash: "", last4: "", key: "" };
  const { id, ...row } = keyKind.write({
    ...unlimitedKey(nobody, { name: "", createdAtMs: 0 }),
    ...limits,
  });
  return row;
}

function nano(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : nanoFromUsd(usd);
}
