/** What the clock asks: discovery of models, pruning of the log. Failures are logged, never thrown. */
import { type ModelRecord, offerKey, type ProviderRecord, type RegistryRows } from "./catalog.ts";
import { askUpstream, readCapped } from "./egress.ts";
import { AttemptFault } from "./errors.ts";
import type { Gateway } from "./isolate.ts";
import type { StoredRegistry } from "./platform.ts";
import { PROVIDERS } from "./providers/index.ts";
import type { Discovered, ProviderKind } from "./providers/provider.ts";
import { deliverAlarms } from "./webhooks.ts";
import { WIRES } from "./wire/index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** A provider that does not answer its model list in this time is left as it was. */
const DISCOVERY_MS = 10_000;

/** Work that no request asks for. */
export interface Chores {
  /** Asks every provider without declared offers what it serves; resolves to what each one told. */
  discover(): Promise<readonly DiscoveryNote[]>;
  /** Raises alarms of a vault that is sealed although keys are in it, or older than it was. */
  watchVault(): Promise<void>;
  /** Tells the webhooks what they wait for. */
  deliver(): Promise<void>;
  /** Drops log rows beyond their bounds in age and number. */
  prune(): Promise<void>;
}

/** What the last discovery of one provider came to. */
export interface DiscoveryNote {
  readonly providerId: string;
  readonly models: readonly string[];
  /** A word of a closed set; undefined: it answered. */
  readonly error: string | undefined;
  readonly atMs: number;
}

/** What a provider listed last stands while it does not answer. */
export function createChores(gateway: Gateway): Chores {
  const { platform, limits, snapshot } = gateway;
  return {
    async discover() {
      await snapshot.ready();
      const stored = await platform.store.registry();
      const providers = [...snapshot.catalog().providers.values()].filter((provider) =>
        isDiscovered(provider, stored, gateway.settings.declared),
      );
      const found = await Promise.all(providers.map((provider) => list(gateway, provider)));
      const rows = found.map((one) => (one.error ? before(one.provider, stored) : rowsOf(one)));
      await platform.store.declare("discovered", {
        providers: [],
        aliases: [],
        models: uniqueModels(rows.flatMap(({ models }) => models)),
        offers: rows.flatMap(({ offers }) => offers),
      });
      return found.map(({ provider, models, error }) => ({
        providerId: provider.id,
        models: models.map(({ upstreamName }) => upstreamName),
        error,
        atMs: platform.nowMs(),
      }));
    },
    async watchVault() {
      const { state, rollbackSuspected } = await platform.vault.status();
      if (rollbackSuspected) gateway.alarms.raise("rollback-suspected", "vault");
      if (state !== "sealed" && state !== "tampered") return;
      const [wanted] = (await platform.store.registry()).credentials;
      if (wanted) gateway.alarms.raise("vault-sealed", "vault");
    },
    deliver: () => deliverAlarms(gateway),
    async prune() {
      await platform.store.pruneRequests({
        beforeMs: platform.nowMs() - limits.requestLogDays * DAY_MS,
        rowsMax: limits.requestLogRowsMax,
      });
      await platform.admin.pruneAudit(platform.nowMs() - limits.auditDays * DAY_MS);
      await platform.admin.pruneSessions(platform.nowMs() - DAY_MS);
    },
  };
}

type Found = Pick<RegistryRows, "models" | "offers">;

/** A provider that can list its models and for which nobody declared an offer. */
function isDiscovered(
  provider: ProviderRecord,
  stored: StoredRegistry,
  declared: RegistryRows,
): boolean {
  if (!provider.enabled || !kindOf(provider)?.discovery) return false;
  const found = new Set(stored.discovered.offers.map(offerKey));
  const given = [...stored.offers.filter((o) => !found.has(offerKey(o))), ...declared.offers];
  return !given.some(({ providerId }) => providerId === provider.id);
}

function kindOf(provider: ProviderRecord): ProviderKind | undefined {
  const kinds: Readonly<Record<string, ProviderKind>> = PROVIDERS;
  return kinds[provider.kind];
}

/** What one provider answered when it was asked for its models. */
export interface Listed {
  readonly provider: ProviderRecord;
  readonly models: readonly Discovered[];
  /** A word of a closed set; undefined: it answered. */
  readonly error: string | undefined;
}

/** undefined: it has none, or none that can be used now. */
async function firstSecret({ keyring }: Gateway, provider: ProviderRecord) {
  const [name] = keyring.usable(provider).names;
  return name === undefined ? undefined : keyring.secret(provider, name);
}

/** What the kind's own dialect demands. */
function headersOf({ wires }: ProviderKind): Readonly<Record<string, string>> {
  const [first] = wires;
  return first ? WIRES[first].headers : {};
}

/** Asks the endpoints one after the other until one of them lists its models. Never throws. */
export async function list(gateway: Gateway, provider: ProviderRecord): Promise<Listed> {
  const { platform, settings, limits } = gateway;
  const kind = kindOf(provider);
  const endpoints = provider.endpoints.length > 0 ? provider.endpoints : [provider.baseUrl];
  let error = "no-discovery";
  for (const endpoint of endpoints) {
    const controller = new AbortController();
    const stop = platform.timer(DISCOVERY_MS, () =>
      controller.abort(new AttemptFault("transient", "timeout")),
    );
    try {
      if (!kind?.discovery) break;
      const reply = await askUpstream(platform, {
        candidate: { provider },
        kind,
        endpoint,
        path: kind.discovery.path,
        query: kind.discovery.query,
        headers: headersOf(kind),
        body: undefined,
        credential: await firstSecret(gateway, provider),
        stream: false,
        signal: controller.signal,
        privateEgress: settings.privateEgress,
      });
      const text = await readCapped(reply.body, limits.answerBytesMax);
      if (reply.status !== 200) throw new AttemptFault("transient", `http-${reply.status}`);
      const models = kind.discovery.parse(JSON.parse(text));
      if (!models) throw new AttemptFault("transient", "no-list");
      const counts = { provider: provider.id, models: models.length };
      platform.log({ type: "discovery-done", level: "info", ...counts });
      return { provider, models, error: undefined };
    } catch (thrown) {
      error = thrown instanceof AttemptFault ? thrown.what : "no-list";
    } finally {
      stop();
    }
  }
  const told = { provider: provider.id, what: error };
  platform.log({ type: "discovery-failed", level: "warn", ...told });
  return { provider, models: [], error };
}

function before(provider: ProviderRecord, stored: StoredRegistry): Found {
  const offers = stored.discovered.offers.filter((o) => o.providerId === provider.id);
  const names = new Set(offers.map((o) => o.modelId));
  return { offers, models: stored.discovered.models.filter((m) => names.has(m.id)) };
}

/** Self-hosted servers are free unless priced; a vendor's price comes from the price list. */
function rowsOf({ provider, models }: Listed): Found {
  const price = provider.kind === "vllm" ? 0 : undefined;
  return {
    models: models.map(({ upstreamName, maxContextTokens, maxOutputTokens }) => ({
      id: upstreamName,
      family: undefined,
      weight: undefined,
      maxContextTokens,
      maxOutputTokens,
      kind: undefined,
      capabilities: undefined,
      enabled: true,
    })),
    offers: models.map(({ upstreamName }) => ({
      modelId: upstreamName,
      providerId: provider.id,
      upstreamName,
      prices: { input: price, output: price, cachedInput: price, cacheWriteInput: price },
      expectedLatencyMs: undefined,
      enabled: true,
    })),
  };
}

/** Two providers may list the same model: the smaller sizes are those that both can hold. */
function uniqueModels(models: readonly ModelRecord[]): ModelRecord[] {
  const byId = new Map<string, ModelRecord>();
  for (const model of models) {
    const known = byId.get(model.id);
    byId.set(model.id, {
      ...model,
      maxContextTokens: smaller(known?.maxContextTokens, model.maxContextTokens),
      maxOutputTokens: smaller(known?.maxOutputTokens, model.maxOutputTokens),
    });
  }
  return [...byId.values()];
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  const known = [one, other].filter((size) => size !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
