/**
 * What is publicly known of models: prices, sizes, abilities, makers. A pinned table
 * (`price-list.json`, written by `scripts/price-list.ts`), never updated from the network.
 * Looked up when the catalog is built, never per request.
 */
import type { KnownModel, ServedModel } from "./catalog.ts";
import { CAPABILITIES } from "./chat.ts";
import table from "./price-list.json" with { type: "json" };

/** Nano-USD per million tokens in one USD per million tokens. */
const NANO_USD = 1e9;

/** Line of model names → maker. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|chatgpt-|codex-|o[134](?:-|$))/, "openai"],
  [/^claude-/, "anthropic"],
  [/^(?:gemini|gemma)/, "google"],
  [/^grok-/, "x-ai"],
  [/^(?:(?:mi|code|dev|magi|mini)stral|mixtral|pixtral|voxtral)/, "mistralai"],
  [/^deepseek-/, "deepseek"],
  [/^(?:meta-)?llama/, "meta-llama"],
  [/^(?:qwen|qwq)/, "qwen"],
  [/^(?:kimi|moonshot)/, "moonshotai"],
  [/^glm-/, "z-ai"],
];

/** Makers whose own list tells what their models can do, wherever they are served; family → vendor. */
const MAKERS: Readonly<Record<string, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  "x-ai": "x-ai",
  mistralai: "mistral",
  deepseek: "deepseek",
};

interface Vendor {
  readonly id: string;
  readonly api: RegExp;
  readonly rows: readonly string[];
  /** Made at the first look-up. */
  index: { names: Map<string, string>; patterns: [RegExp, string][] } | undefined;
}

const VENDORS: readonly Vendor[] = table.vendors.map(({ id, api, rows }) => ({
  id,
  api: new RegExp(`^(?:${api})`),
  rows,
  index: undefined,
}));

/**
 * What is known of this model at this provider. Prices only where the base URL is a known vendor's:
 * elsewhere the same name may cost anything. An OpenAI-compatible server of unknown price is
 * believed to serve what the name says; a vLLM may call any model by any name, so only the family is told.
 */
export function knownModel(at: ServedModel): KnownModel {
  const name = at.upstreamName.toLowerCase();
  const family = FAMILIES.find(([line]) => line.test(name.slice(name.lastIndexOf("/") + 1)))?.[1];
  const vendor = VENDORS.find(({ api }) => api.test(at.baseUrl));
  if (vendor) return { family, ...factsOf(rowOf(vendor, name)) };
  if (at.providerKind !== "openai" || family === undefined) return { family };
  const maker = VENDORS.find(({ id }) => id === MAKERS[family]);
  const { prices: _, ...facts } = factsOf(maker && rowOf(maker, name));
  return { family, ...facts };
}

/** Row: input, output, cached input, cache write (USD per million), context, output limit, abilities, names. */
const FACTS = 7;

function rowOf(vendor: Vendor, name: string): string | undefined {
  vendor.index ??= indexOf(vendor.rows);
  const { names, patterns } = vendor.index;
  return names.get(name) ?? patterns.find(([pattern]) => pattern.test(name))?.[1];
}

function indexOf(rows: readonly string[]): NonNullable<Vendor["index"]> {
  const names = new Map<string, string>();
  const patterns: [RegExp, string][] = [];
  for (const row of rows) {
    for (const name of row.split(" ").slice(FACTS)) {
      if (name.startsWith("/")) patterns.push([new RegExp(name.slice(1, -1)), row]);
      else names.set(name, row);
    }
  }
  return { names, patterns };
}

function factsOf(row: string | undefined): KnownModel {
  if (row === undefined) return {};
  const [input, output, cached, cacheWrite, context, outputMax, abilities = "-"] = row.split(" ");
  const inputNano = nano(input);
  const outputNano = nano(output);
  return {
    prices:
      inputNano === undefined || outputNano === undefined
        ? undefined
        : {
            input: inputNano,
            output: outputNano,
            cachedInput: nano(cached) ?? inputNano,
            cacheWriteInput: nano(cacheWrite) ?? inputNano,
          },
    maxContextTokens: numberOf(context),
    maxOutputTokens: numberOf(outputMax),
    capabilities:
      abilities === "-"
        ? undefined
        : CAPABILITIES.filter((ability) => abilities.split(",").includes(ability)),
  };
}

function numberOf(column: string | undefined): number | undefined {
  return column === undefined || column === "-" ? undefined : Number(column);
}

/** Rounding repairs binary fractions only: prices have at most nine decimals. */
function nano(column: string | undefined): number | undefined {
  const usd = numberOf(column);
  return usd === undefined ? undefined : Math.round(usd * NANO_USD);
}
