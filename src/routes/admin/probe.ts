/** Does a provider answer, and what does it serve? Coarse words only: this is no scanner of networks. */
import { z } from "zod";
import type { ProviderRecord } from "../../catalog.ts";
import { type Listed, list } from "../../chores.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import { PROVIDERS } from "../../providers/index.ts";
import type { ProviderKind } from "../../providers/provider.ts";
import { CREDENTIAL_LACKS, providerKind } from "./provider.ts";
import { type AdminCall, type AdminRoute, adminRoute } from "./route.ts";
import { findRow } from "./row-store.ts";

const PROBE_MS = 10_000;
const MINUTE_MS = 60_000;
/** People press a button; nobody needs more. */
const PROBES_PER_MINUTE = 30;

const WORDS = [
  "ok",
  "no_discovery",
  "no_list",
  "timeout",
  "unreachable",
  "egress_denied",
  "credential_rejected",
  "http_error",
  "missing",
  "vault_sealed",
  "credential_origin_mismatch",
] as const;
type Word = (typeof WORDS)[number];

const shape = z.object({ ok: z.boolean(), what: z.enum(WORDS), models: z.int() });
const foundShape = z.object({
  what: z.enum(WORDS),
  models: z.array(
    z.object({
      id: z.string(),
      max_context_tokens: z.int().optional(),
      max_output_tokens: z.int().optional(),
    }),
  ),
});

/** Words of faults that may be told as they are; the rest is no more than "it did not answer". */
function wordOf(error: string | undefined): Word {
  if (error === undefined) return "ok";
  if (error === "no-discovery" || error === "no-list") return error.replace("-", "_") as Word;
  if (error === "timeout") return error;
  if (error.startsWith("egress")) return "egress_denied";
  if (/^http-40[13]$/.test(error)) return "credential_rejected";
  return error.startsWith("http-") ? "http_error" : "unreachable";
}

const probes = new WeakMap<Gateway, number[]>();

/** @throws TokenhubError rate_limited. */
function count(gateway: Gateway): void {
  const nowMs = gateway.platform.nowMs();
  const recent = (probes.get(gateway) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
  const [oldest = nowMs] = recent;
  if (recent.length >= PROBES_PER_MINUTE) {
    throw new TokenhubError("rate_limited", { retryAfterMs: oldest + MINUTE_MS - nowMs });
  }
  probes.set(gateway, [...recent, nowMs]);
}

/** @throws TokenhubError not_found, rate_limited. */
async function probe({ gateway, params }: AdminCall) {
  const row = await findRow(gateway, providerKind, params.id ?? "");
  if (!row) throw new TokenhubError("not_found");
  count(gateway);
  const { record } = row;
  const { lack } = gateway.keyring.usable(record);
  if (lack !== undefined) return { provider: record, what: CREDENTIAL_LACKS[lack], models: [] };
  // Nothing that could be away stands behind it.
  const kinds: Readonly<Record<string, ProviderKind>> = PROVIDERS;
  if (kinds[record.kind]?.origin) return { provider: record, what: "ok", models: [] } as const;
  const listed = await Promise.race([list(gateway, record), late(gateway, record)]);
  return { ...listed, what: wordOf(listed.error) };
}

async function late({ platform }: Gateway, provider: ProviderRecord): Promise<Listed> {
  await platform.after(PROBE_MS);
  return { provider, models: [], error: "timeout" };
}

/** `POST /providers/{id}/test` and `/discover`. */
export const probeRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "POST", path: "/providers/:id/test", guard: "admin" },
    summary: "Does it answer with the list of its models?",
    answer: shape,
    async handle(call) {
      const { what, models } = await probe(call);
      return { body: { ok: what === "ok", what, models: models.length } };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/providers/:id/discover", guard: "admin" },
    summary: "The models that it says it serves; nothing is stored",
    answer: foundShape,
    async handle(call) {
      const { what, models } = await probe(call);
      const data = models.map(({ upstreamName, maxContextTokens, maxOutputTokens }) => ({
        id: upstreamName,
        max_context_tokens: maxContextTokens,
        max_output_tokens: maxOutputTokens,
      }));
      return { body: { what, models: data } };
    },
  }),
];
