/** Keys of providers in the vault: written once, shown never. */
import { z } from "zod";
import type { ProviderRecord } from "../../catalog.ts";
import type { CredentialRecord } from "../../credential.ts";
import { originsOf } from "../../credential.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import { DELETED, deletedShape, isoTime, PAGE_ROWS_MAX, pageShape } from "./answer.ts";
import type { Row, Standing } from "./kind.ts";
import { providerKind } from "./provider.ts";
import { type AdminCall, type AdminRoute, adminRoute } from "./route.ts";
import { findRow, refusal, saveRecord } from "./row-store.ts";

const credentialShape = z
  .object({
    id: z.string(),
    label: z.string(),
    last4: z.string(),
    fingerprint: z.string(),
    set_at: z.string(),
    enabled: z.boolean(),
    state: z.enum(["ok", "disabled", "vault_sealed", "credential_origin_mismatch"]),
    version: z.int(),
  })
  .meta({ id: "Credential" });

const SECRET_CHARS_MIN = 8;
const SECRET_CHARS_MAX = 4096;

const credentialBody = z.strictObject({
  id: z
    .string()
    .max(64)
    .optional()
    .meta({ description: "Of the credential whose secret is replaced; absent: another one." }),
  label: z
    .string()
    .max(64)
    .regex(/^[\x20-\x7e]*$/, "must be printable ASCII")
    .optional(),
  secret: z
    .string()
    .optional()
    .meta({ description: "8–4096 visible ASCII characters; never shown again.", writeOnly: true }),
  enabled: z.boolean().optional(),
});

/** What of a credential may be seen. */
const kind = {
  name: "credential",
  recordId: ({ id }: CredentialRecord) => id,
  write: (record: CredentialRecord): Row => ({
    provider_id: record.providerId,
    label: record.label,
    last4: record.last4,
    fingerprint: record.fingerprint,
    origin: record.origin,
    set_at: isoTime(record.setAtMs),
    enabled: record.enabled,
  }),
} as const;

function told(
  { platform }: Gateway,
  provider: ProviderRecord,
  { record, version }: Pick<Standing<"credential">, "record" | "version">,
): Row {
  const { id, label, last4, fingerprint, setAtMs, enabled } = record;
  const state = () => {
    if (!enabled) return "disabled";
    if (record.origin !== originsOf(provider)) return "credential_origin_mismatch";
    return platform.vault.isOpen() ? "ok" : "vault_sealed";
  };
  const row = { id, label, last4, fingerprint, set_at: isoTime(setAtMs), enabled };
  return { ...row, state: state(), version };
}

/** @throws TokenhubError not_found. */
async function providerOf({ gateway, params }: AdminCall): Promise<ProviderRecord> {
  const provider = await findRow(gateway, providerKind, params.id ?? "");
  if (!provider) throw new TokenhubError("not_found");
  return provider.record;
}

/** @throws TokenhubError not_found: no such one, or another provider's. */
async function credentialOf(
  { gateway }: AdminCall,
  provider: ProviderRecord,
  id: string,
): Promise<Standing<"credential">> {
  const found = await gateway.platform.admin.get("credential", id);
  if (found?.record.providerId !== provider.id) throw new TokenhubError("not_found");
  return found;
}

/** @throws TokenhubError invalid_secret_format; the message says nothing of the secret. */
function secretOf(text: string): string {
  const secret = text.trim();
  const { length } = secret;
  if (length < SECRET_CHARS_MIN || length > SECRET_CHARS_MAX || !/^[\x21-\x7e]+$/.test(secret)) {
    throw new TokenhubError("invalid_secret_format", { param: "secret" });
  }
  return secret;
}

const NOT_ESCROW =
  "The provider takes its key from elsewhere. Set its credential_source to escrow first.";

/** The record to be written: with a secret a new seal, else the old one. */
async function sealed(
  { gateway, body }: AdminCall<z.output<typeof credentialBody>>,
  provider: ProviderRecord,
  before: CredentialRecord | undefined,
): Promise<CredentialRecord> {
  const { nowMs, newId, vault } = gateway.platform;
  const enabled = body.enabled ?? before?.enabled ?? true;
  if (body.secret === undefined) {
    if (before && body.label === undefined) return { ...before, enabled };
    const detail = "A label is part of what the seal covers: send the secret with it.";
    throw new TokenhubError("invalid_value", { param: "secret", detail });
  }
  const secret = secretOf(body.secret);
  return vault.seal(secret, {
    id: before?.id ?? newId("cred"),
    providerId: provider.id,
    label: body.label ?? before?.label ?? "",
    origin: originsOf(provider),
    sealVersion: (before?.sealVersion ?? 0) + 1,
    enabled,
    setAtMs: Math.round(nowMs()),
  });
}

const LIST = "/providers/:id/credentials";

/** Everything below `/providers/{id}/credentials`. */
export const credentialRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: LIST, guard: "admin", summary: "Keys of a provider in the vault" },
    answer: pageShape(credentialShape),
    async handle(call) {
      const { gateway } = call;
      const provider = await providerOf(call);
      const page = { limit: PAGE_ROWS_MAX, providerId: provider.id };
      const rows = await gateway.platform.admin.list("credential", page);
      return { body: { data: rows.map((row) => told(gateway, provider, row)), next: null } };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: LIST, guard: "admin", isSecret: true },
    summary: "Put a key of a provider into the vault, or another in its place",
    body: credentialBody,
    answer: credentialShape,
    async handle(call) {
      const { gateway, body } = call;
      const provider = await providerOf(call);
      if (provider.credentialSource !== "escrow") {
        throw new TokenhubError("conflict", { detail: NOT_ESCROW });
      }
      const before =
        body.id === undefined ? undefined : await credentialOf(call, provider, body.id);
      const record = await sealed(call, provider, before?.record);
      const written = await saveRecord(call, kind, { record, before });
      if (written !== "written") throw refusal(written, call.version);
      await gateway.snapshot.reload();
      const version = (before?.version ?? 0) + 1;
      const row = told(gateway, provider, { record, version });
      return { status: before ? 200 : 201, body: row };
    },
  }),
  adminRoute({
    ...{ method: "DELETE", path: `${LIST}/:credential`, guard: "admin" },
    summary: "Remove a key from the vault",
    answer: deletedShape,
    async handle(call) {
      const provider = await providerOf(call);
      const { record, version } = await credentialOf(call, provider, call.params.credential ?? "");
      const removed = await call.gateway.platform.admin.remove("credential", record.id, {
        audit: call.audit({
          action: "credential.delete",
          target: record.id,
          before: kind.write(record),
        }),
        version: call.version ?? version,
      });
      if (removed !== "written") throw refusal(removed, call.version);
      await call.gateway.snapshot.reload();
      return DELETED;
    },
  }),
];
