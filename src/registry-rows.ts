/** Schemas of the registry's rows as people write them (docs/PROVIDERS.md); `registry.ts` makes records of them. */
import { z } from "zod";
import { normalBaseUrl } from "./base-url.ts";
import { CAPABILITIES, DIALECTS, MODEL_KINDS } from "./chat.ts";
import { LIMITS } from "./limits.ts";

/** Refused as ids and as keys of our own objects. */
export const PROTOTYPE_KEYS = ["__proto__", "constructor", "prototype"];

const notReserved = (id: string) => !PROTOTYPE_KEYS.includes(id);

const providerId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1–64 letters, digits, '.', '_' or '-'")
  .refine(notReserved, "must not be a prototype key");

/** Also of aliases: clients name both in the same field. */
const modelId = z
  .string()
  .max(LIMITS.modelIdCharsMax, `must have at most ${LIMITS.modelIdCharsMax} characters`)
  .regex(/^[A-Za-z0-9~@][A-Za-z0-9._:/@+~-]*$/, "must be letters, digits and . _ : / @ + ~ -")
  .refine(notReserved, "must not be a prototype key")
  .refine((id) => !id.startsWith("tokenhub/"), "must not start with tokenhub/ (virtual models)");

const label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, "must be a short plain word");

const baseUrl = z.string().transform((text, context) => {
  const url = normalBaseUrl(text);
  if (url !== undefined) return url;
  context.addIssue("must be an http(s) URL without user info, query or fragment");
  return z.NEVER;
});

/** Set by the gateway itself or secret by nature. */
const OWN_HEADERS =
  /^(?:authorization|proxy-.*|cookie|x-api-key|api-key|host|connection|content-.*|transfer-encoding|te|trailer|upgrade|accept-encoding|expect|keep-alive)$/i;

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_|~-]{1,64}$/, "must be a header name")
      .refine((name) => !OWN_HEADERS.test(name), "is set by the gateway or would hold a secret"),
    z.string().regex(/^[\x20-\x7e]{0,1024}$/, "must be printable ASCII"),
  )
  .refine((all) => Object.keys(all).length <= 32, "must have at most 32 headers");

/** Embeddings are no choice: who has them has them beside whatever it speaks. */
const CHAT_DIALECTS = DIALECTS.filter((dialect) => dialect !== "embeddings");

/** A provider as files and API write it; kinds are checked against the table of kinds. */
export const providerRow = z.strictObject({
  id: providerId,
  type: z.string(),
  base_url: baseUrl.optional(),
  endpoints: z.array(baseUrl).max(64).default([]),
  dialects: z
    .array(z.enum(CHAT_DIALECTS))
    .min(1)
    .refine((all) => new Set(all).size === all.length, "must not name a dialect twice")
    .optional(),
  credential_source: z.enum(["escrow", "env", "none"]).optional(),
  env_key_name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "must be the name of an environment variable")
    .optional(),
  network: z.enum(["public", "private"]).optional(),
  headers: headers.default({}),
  labels: z.array(label).max(32).default([]),
  enabled: z.boolean().default(true),
});

/** USD per 1k tokens. */
const usdPer1k = z.number().min(0).max(1000).optional();

/** USD per 1 000 tokens; absent: from the price list. */
export const pricingRow = z.strictObject({
  input_per_1k: usdPer1k,
  output_per_1k: usdPer1k,
  cached_input_per_1k: usdPer1k,
  cache_write_input_per_1k: usdPer1k,
});

const PRICE_KEYS = Object.keys(pricingRow.shape) as (keyof PricingRow)[];

const offerFields = {
  upstream_name: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
    .max(LIMITS.modelIdCharsMax)
    .optional(),
  /** The same prices in a group of their own. */
  pricing: pricingRow.optional(),
  ...pricingRow.shape,
  expected_latency_ms: z.number().positive().max(600_000).optional(),
};

const pricedOnce = (row: PricingRow & { pricing?: PricingRow }) =>
  row.pricing === undefined || PRICE_KEYS.every((key) => row[key] === undefined);
const PRICED_ONCE = "prices are given twice: inside pricing and beside it";

/** A model at a provider, with its price either inside `pricing` or beside it. */
export const offerRow = z
  .strictObject({
    model_id: modelId,
    provider_id: providerId,
    ...offerFields,
    enabled: z.boolean().default(true),
  })
  .refine(pricedOnce, PRICED_ONCE);

/** Fields of the flat form of a model that are its offer's. */
export const OFFER_KEYS = Object.keys(offerFields) as (keyof typeof offerFields)[];

/** With `provider_id` the flat form: one model and one offer. */
export const modelRow = z
  .strictObject({
    id: modelId,
    family: label.optional(),
    weight: z.number().min(0).max(10).optional(),
    max_context_tokens: z.int().positive().optional(),
    max_output_tokens: z.int().positive().optional(),
    kind: z.enum(MODEL_KINDS).optional(),
    capabilities: z.array(z.enum(CAPABILITIES)).optional(),
    provider_id: providerId.optional(),
    ...offerFields,
    enabled: z.boolean().default(true),
  })
  .refine(pricedOnce, PRICED_ONCE)
  .refine(
    (row) => row.provider_id !== undefined || OFFER_KEYS.every((key) => row[key] === undefined),
    {
      message: "required beside prices, upstream_name or expected_latency_ms",
      path: ["provider_id"],
    },
  );

/** One model of an alias; the weight counts where one is drawn. */
export const targetRow = z.strictObject({
  model_id: modelId,
  weight: z.number().positive().max(1000).default(1),
});

/** A name for several models: drawn by weight, or tried in order. */
export const aliasRow = z.strictObject({
  id: modelId,
  strategy: z.enum(["weighted", "ordered"]),
  targets: z.array(targetRow).min(1).max(32),
  enabled: z.boolean().default(true),
});

export type ProviderRow = z.output<typeof providerRow>;
export type ModelRow = z.output<typeof modelRow>;
export type OfferRow = z.output<typeof offerRow>;
export type PricingRow = z.output<typeof pricingRow>;
