/**
 * The registry's rows as people write them (snake_case, USD per 1k tokens; docs/PROVIDERS.md), parsed into
 * the rows of `catalog.ts`. Messages name the path, never a value.
 */
import { z } from "zod";
import { networkOf } from "./base-url.ts";
import type {
  AliasRecord,
  ModelRecord,
  OfferRecord,
  PricesGiven,
  ProviderRecord,
  RegistryRows,
} from "./catalog.ts";
import { type Problem, problemsOf } from "./problem.ts";
import {
  type At,
  dangling,
  duplicates,
  type Placed,
  type RegistryInput,
} from "./registry-checks.ts";
import {
  aliasRow,
  type ModelRow,
  modelRow,
  type OfferRow,
  offerRow,
  PROTOTYPE_KEYS,
  type PricingRow,
  type ProviderRow,
  pricingRow,
  providerRow,
  targetRow,
} from "./registry-rows.ts";

const SECTIONS = {
  providers: providerRow,
  models: modelRow,
  offers: offerRow,
  aliases: aliasRow,
} as const satisfies Record<string, z.ZodObject>;

const NESTED: Readonly<Record<string, z.ZodObject>> = { pricing: pricingRow, targets: targetRow };

/** Names of the sections that `parseRegistry` reads. */
export const REGISTRY_SECTIONS = Object.keys(SECTIONS);

/** USD per 1k tokens → nano-USD per million tokens. Exact up to 1000 USD: 1e15 is far below 2^53. */
export const NANO_USD_PER_MILLION = 1e12;

/**
 * Parses `{providers, models, offers, aliases}` (each absent or a list), every problem at once.
 * With problems, `rows` holds what could be read and must not be used.
 */
export function parseRegistry(
  input: Readonly<Record<string, unknown>>,
  context: RegistryInput,
): { rows: RegistryRows; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const list = <S extends z.ZodObject>(section: string, schema: S) =>
    parseList(input[section], { section, schema, problems });
  const given = {
    providers: list("providers", SECTIONS.providers.extend({ type: oneOfKinds(context.kinds) })),
    models: list("models", SECTIONS.models),
    offers: list("offers", SECTIONS.offers),
    aliases: list("aliases", SECTIONS.aliases),
  };
  const providers = given.providers.flatMap(({ row, path }) => {
    const record = providerRecord(row, context, (at, message) =>
      problems.push({ path: [...path, at], message }),
    );
    return record ? [{ row: record, path }] : [];
  });
  const flat = given.models.filter(({ row }) => row.provider_id !== undefined);
  const placed: Placed = {
    providers,
    models: given.models.map(({ row, path }) => ({ row: modelRecord(row), path })),
    offers: [
      ...flat.map(({ row, path }) => ({
        row: offerRecord({ ...row, model_id: row.id, provider_id: row.provider_id ?? "" }),
        path,
      })),
      ...given.offers.map(({ row, path }) => ({ row: offerRecord(row), path })),
    ],
    aliases: given.aliases.map(({ row, path }) => ({ row: aliasRecord(row), path })),
  };
  problems.push(...duplicates(placed), ...dangling(placed, { ...context, input }));
  return { rows: rowsOf(placed), problems };
}

function oneOfKinds(kinds: RegistryInput["kinds"]) {
  const known = Object.keys(kinds);
  return z.enum(known, `unknown type; known are ${known.join(", ")}`);
}

function rowsOf(placed: Placed): RegistryRows {
  const row = <Row>({ row }: At<Row>) => row;
  return {
    providers: placed.providers.map(row),
    models: placed.models.map(row),
    offers: placed.offers.map(row),
    aliases: placed.aliases.map(row),
  };
}

function parseList<S extends z.ZodObject>(
  value: unknown,
  into: { section: string; schema: S; problems: Problem[] },
): At<z.output<S>>[] {
  const { section, schema, problems } = into;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push({ path: [section], message: "must be a list" });
    return [];
  }
  return value.flatMap((item, index) => {
    const path = [section, index];
    const forbidden = prototypeKeys(item, path);
    problems.push(...forbidden);
    if (forbidden.length > 0) return [];
    const parsed = schema.safeParse(item);
    if (parsed.success) return [{ row: parsed.data, path }];
    const keysAt = (at: readonly PropertyKey[]) => keysOf(at, schema);
    problems.push(...problemsOf(parsed.error.issues, path, keysAt));
    return [];
  });
}

function keysOf(path: readonly PropertyKey[], row: z.ZodObject): string[] {
  return Object.keys((NESTED[String(path[0])] ?? row).shape);
}

/** Deeper than any row; ends on values that contain themselves. */
const ROW_DEPTH_MAX = 8;

function prototypeKeys(value: unknown, path: Problem["path"]): Problem[] {
  if (typeof value !== "object" || value === null || path.length > ROW_DEPTH_MAX) return [];
  if (Array.isArray(value)) {
    return value.flatMap((inner, at) => prototypeKeys(inner, [...path, at]));
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    PROTOTYPE_KEYS.includes(key)
      ? [{ path: [...path, key], message: "prototype keys are not allowed" }]
      : prototypeKeys(inner, [...path, key]),
  );
}

function providerRecord(
  row: ProviderRow,
  { kinds }: RegistryInput,
  problem: (at: string, message: string) => void,
): ProviderRecord | undefined {
  const endpoints = row.endpoints;
  const baseUrl = row.base_url ?? endpoints[0] ?? kinds[row.type]?.defaultBaseUrl;
  if (baseUrl === undefined) {
    problem("base_url", "required for this type");
    return undefined;
  }
  const source = row.credential_source ?? (row.env_key_name === undefined ? "none" : "env");
  if (source === "env" && row.env_key_name === undefined) {
    problem("env_key_name", "required when credential_source is env");
  }
  if (source !== "env" && row.env_key_name !== undefined) {
    problem("env_key_name", "only with credential_source env");
  }
  if (row.network === "public" && [baseUrl, ...endpoints].some((url) => url.startsWith("http:"))) {
    problem("network", "public providers need https");
  }
  return {
    id: row.id,
    kind: row.type,
    baseUrl,
    endpoints,
    dialects: row.dialects,
    credentialSource: source,
    envKeyName: row.env_key_name,
    network: row.network ?? networkOfAll([baseUrl, ...endpoints]),
    headers: row.headers,
    labels: row.labels,
    enabled: row.enabled,
  };
}

/** private as soon as one of several is. */
export function networkOfAll(baseUrls: readonly string[]): ProviderRecord["network"] {
  return baseUrls.some((url) => networkOf(url) === "private") ? "private" : "public";
}

function modelRecord(row: ModelRow): ModelRecord {
  return {
    id: row.id,
    family: row.family,
    weight: row.weight,
    maxContextTokens: row.max_context_tokens,
    maxOutputTokens: row.max_output_tokens,
    kind: row.kind,
    capabilities: row.capabilities,
    enabled: row.enabled,
  };
}

function offerRecord(row: OfferRow): OfferRecord {
  return {
    modelId: row.model_id,
    providerId: row.provider_id,
    upstreamName: row.upstream_name ?? row.model_id,
    prices: pricesGiven({ ...row, ...row.pricing }),
    expectedLatencyMs: row.expected_latency_ms,
    enabled: row.enabled,
  };
}

/** Cache prices that were not given are the input price. */
function pricesGiven(row: PricingRow): PricesGiven {
  const nano = (usd: number | undefined) =>
    usd === undefined ? undefined : Math.round(usd * NANO_USD_PER_MILLION);
  const input = nano(row.input_per_1k);
  return {
    input,
    output: nano(row.output_per_1k),
    cachedInput: nano(row.cached_input_per_1k) ?? input,
    cacheWriteInput: nano(row.cache_write_input_per_1k) ?? input,
  };
}

function aliasRecord(row: z.output<typeof aliasRow>): AliasRecord {
  return {
    id: row.id,
    strategy: row.strategy,
    targets: row.targets.map((target) => ({ modelId: target.model_id, weight: target.weight })),
    enabled: row.enabled,
  };
}

/** Base URLs of these providers that lie in private networks: who declares them allows them thereby. */
export function privateEndpoints(providers: readonly ProviderRecord[]): string[] {
  const urls = providers
    .filter(({ network }) => network === "private")
    .flatMap(({ baseUrl, endpoints }) => [baseUrl, ...endpoints]);
  return [...new Set(urls)];
}
