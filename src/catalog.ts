/**
 * The registry's nouns: providers, models, offers (a model at a provider, with a price), aliases;
 * and the catalog, the same rows indexed for routing. Shapes of files and API rows: `registry.ts`.
 */
import type { Capability, Dialect, ModelKind } from "./chat.ts";

/** An upstream service: how it is reached, with which credential, from which network. */
export interface ProviderRecord {
  readonly id: string;
  /** A row of `providers/index.ts`. */
  readonly kind: string;
  /** Without trailing slash; with the vendor's version segment (`/v1`). */
  readonly baseUrl: string;
  /** Several servers of one provider (vLLM); empty: `baseUrl` is the only one. */
  readonly endpoints: readonly string[];
  /** Preferred first; undefined: what its kind speaks (`providers/dialects.ts`). */
  readonly dialects: readonly Dialect[] | undefined;
  /** escrow: keys in the vault, as many as its `CredentialRecord`s. */
  readonly credentialSource: "escrow" | "env" | "none";
  /** Environment variable or Worker secret that holds the key, when the source is env. */
  readonly envKeyName: string | undefined;
  readonly network: "public" | "private";
  /** Sent with every request; never secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly enabled: boolean;
}

/** What clients name; every undefined field is filled when the catalog is built. */
export interface ModelRecord {
  readonly id: string;
  /** undefined: from the price list, else the id's vendor prefix, else the provider kind. */
  readonly family: string | undefined;
  /** Capability as the operator judges it, 0–10; undefined: derived from the price. */
  readonly weight: number | undefined;
  readonly maxContextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  /** undefined: from its names, else chat. */
  readonly kind: ModelKind | undefined;
  /** undefined: from the price list, else none (chat and text only). */
  readonly capabilities: readonly Capability[] | undefined;
  readonly enabled: boolean;
}

/** Integer nano-USD per million tokens; $1 per 1k tokens = 1e12. */
export interface Prices {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cacheWriteInput: number;
}

/** Prices as rows hold them: what is undefined comes from the price list. */
export type PricesGiven = { readonly [K in keyof Prices]: number | undefined };

/** A model at a provider, under the provider's own name for it, with a price. */
export interface OfferRecord {
  readonly modelId: string;
  readonly providerId: string;
  /** The provider's own name for the model. */
  readonly upstreamName: string;
  readonly prices: PricesGiven;
  /** Prior for the latency of a whole answer. */
  readonly expectedLatencyMs: number | undefined;
  readonly enabled: boolean;
}

/** A name that stands for one of several models. */
export interface AliasRecord {
  readonly id: string;
  /** weighted: one target is drawn; ordered: a fallback chain. */
  readonly strategy: "weighted" | "ordered";
  readonly targets: readonly { readonly modelId: string; readonly weight: number }[];
  readonly enabled: boolean;
}

/** Everything that is declared, as the store holds it. */
export interface RegistryRows {
  readonly providers: readonly ProviderRecord[];
  readonly models: readonly ModelRecord[];
  readonly offers: readonly OfferRecord[];
  readonly aliases: readonly AliasRecord[];
}

/** A model with every gap filled. */
export interface Model {
  readonly id: string;
  readonly family: string;
  readonly weight: number;
  /** undefined: unknown, so no candidate is excluded for it. */
  readonly maxContextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly kind: ModelKind;
  readonly capabilities: readonly Capability[];
  readonly enabled: boolean;
}

/** One way to get an answer: a model at a provider. The unit that routing ranks. */
export interface Candidate {
  /** `${providerId}/${modelId}`: unique, stable, printable. */
  readonly id: string;
  readonly model: Model;
  readonly provider: ProviderRecord;
  readonly upstreamName: string;
  /** undefined: unpriced; refused wherever money is limited. */
  readonly prices: Prices | undefined;
  readonly expectedLatencyMs: number | undefined;
  readonly enabled: boolean;
}

/** Everything routing chooses from; immutable, replaced whole. */
export interface Catalog {
  readonly version: number;
  readonly candidates: readonly Candidate[];
  readonly byModel: ReadonlyMap<string, readonly Candidate[]>;
  readonly models: ReadonlyMap<string, Model>;
  readonly providers: ReadonlyMap<string, ProviderRecord>;
  readonly aliases: ReadonlyMap<string, AliasRecord>;
}

/** Facts of one model at one provider; what is undefined is unknown. `price-list.ts` tells them. */
export interface KnownModel {
  /** Who made it, as the vendor prefix of OpenRouter's ids says it. */
  readonly family?: string;
  /** Base tier, of the hour when it is dearest. */
  readonly prices?: Prices;
  readonly maxContextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: readonly Capability[];
}

/** Where a model is served: the question that `KnownModel` answers. */
export interface ServedModel {
  readonly upstreamName: string;
  readonly providerKind: string;
  readonly baseUrl: string;
}

/** An offer with the rows it names and what is known of it. */
interface Joined {
  readonly offer: OfferRecord;
  readonly provider: ProviderRecord;
  readonly known: KnownModel;
  readonly prices: Prices | undefined;
}

/**
 * The catalog of these rows, gaps filled from `known`. Offers whose model or provider has no row,
 * and models without an offer, are left out: nobody could serve them.
 */
export function buildCatalog(
  rows: RegistryRows,
  version: number,
  known: (served: ServedModel) => KnownModel,
): Catalog {
  const providers = new Map(rows.providers.map((provider) => [provider.id, provider]));
  const joinedByModel = new Map<string, Joined[]>();
  for (const offer of rows.offers) {
    const provider = providers.get(offer.providerId);
    if (!provider) continue;
    const facts = known({
      upstreamName: offer.upstreamName,
      providerKind: provider.kind,
      baseUrl: provider.baseUrl,
    });
    const joined = {
      offer,
      provider,
      known: facts,
      prices: fillPrices(offer.prices, facts.prices),
    };
    const others = joinedByModel.get(offer.modelId);
    if (others) others.push(joined);
    else joinedByModel.set(offer.modelId, [joined]);
  }
  const models = new Map<string, Model>();
  const byModel = new Map<string, readonly Candidate[]>();
  for (const record of rows.models) {
    const offers = joinedByModel.get(record.id);
    if (!offers) continue;
    const model = fillModel(record, offers);
    models.set(model.id, model);
    byModel.set(
      model.id,
      offers.map((joined) => candidateOf(model, joined)),
    );
  }
  return {
    version,
    candidates: [...byModel.values()].flat(),
    byModel,
    models,
    providers,
    aliases: new Map(rows.aliases.map((alias) => [alias.id, alias])),
  };
}

function candidateOf(model: Model, { offer, provider, prices }: Joined): Candidate {
  return {
    id: `${provider.id}/${model.id}`,
    model,
    provider,
    upstreamName: offer.upstreamName,
    prices,
    expectedLatencyMs: offer.expectedLatencyMs,
    enabled: offer.enabled && model.enabled && provider.enabled,
  };
}

/** undefined: input or output has no price, so the offer is unpriced. */
function fillPrices(given: PricesGiven, known: Prices | undefined): Prices | undefined {
  const input = given.input ?? known?.input;
  const output = given.output ?? known?.output;
  if (input === undefined || output === undefined) return undefined;
  // Cache prices of the list belong to its own input price, not to the operator's.
  const listed = given.input === undefined ? known : undefined;
  return {
    input,
    output,
    cachedInput: given.cachedInput ?? listed?.cachedInput ?? input,
    cacheWriteInput: given.cacheWriteInput ?? listed?.cacheWriteInput ?? input,
  };
}

/** What several offers know differently is taken from the first that knows it. */
function fillModel(record: ModelRecord, offers: readonly Joined[]): Model {
  const fact = <K extends keyof KnownModel>(name: K): KnownModel[K] =>
    offers.find(({ known }) => known[name] !== undefined)?.known[name];
  const slash = record.id.indexOf("/");
  const prefix = slash > 0 ? record.id.slice(0, slash) : undefined;
  return {
    id: record.id,
    family: record.family ?? fact("family") ?? prefix ?? offers[0]?.provider.kind ?? "unknown",
    weight: record.weight ?? weightOf(offers),
    maxContextTokens: record.maxContextTokens ?? fact("maxContextTokens"),
    maxOutputTokens: record.maxOutputTokens ?? fact("maxOutputTokens"),
    kind: record.kind ?? kindOf([record.id, ...offers.map(({ offer }) => offer.upstreamName)]),
    capabilities: record.capabilities ?? fact("capabilities") ?? [],
    enabled: record.enabled,
  };
}

/** Vendors name models of vectors so (`text-embedding-3-small`, `nomic-embed-text`); embedded ones chat. */
const EMBEDDING_NAME = /embed(?!ded)/i;

function kindOf(names: readonly string[]): ModelKind {
  return names.some((name) => EMBEDDING_NAME.test(name)) ? "embedding" : "chat";
}

/**
 * A guess of capability from the dearest output price p in USD per million tokens:
 * 5 + 2·log10(p/4), rounded, 1–9. What is free or unpriced tells nothing: 5.
 */
function weightOf(offers: readonly Joined[]): number {
  const dearest = Math.max(0, ...offers.map(({ prices }) => prices?.output ?? 0));
  if (dearest === 0) return 5;
  return Math.min(9, Math.max(1, Math.round(5 + 2 * Math.log10(dearest / 1e9 / 4))));
}

/** All rows of both; where an id is in both, the overlay's row. */
export function mergeRows(base: RegistryRows, overlay: RegistryRows): RegistryRows {
  const id = (row: { id: string }) => row.id;
  return {
    providers: mergeBy(id, base.providers, overlay.providers),
    models: mergeBy(id, base.models, overlay.models),
    offers: mergeBy(offerKey, base.offers, overlay.offers),
    aliases: mergeBy(id, base.aliases, overlay.aliases),
  };
}

/** What makes an offer unique. */
export function offerKey(offer: Pick<OfferRecord, "providerId" | "modelId">): string {
  return `${offer.providerId}/${offer.modelId}`;
}

function mergeBy<Row>(
  key: (row: Row) => string,
  base: readonly Row[],
  overlay: readonly Row[],
): readonly Row[] {
  return [...new Map([...base, ...overlay].map((row) => [key(row), row])).values()];
}

/** A registry without rows. */
export const NO_ROWS: RegistryRows = { providers: [], models: [], offers: [], aliases: [] };
