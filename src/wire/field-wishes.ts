/** Rows of the table of fields: what is wished of the answer, and what goes with a request. */
import type { Conversation, OutputWish, Sampling } from "../conversation.ts";
import { willThink } from "./anthropic/write-thinking.ts";
import type { FieldRow, Said } from "./field-row.ts";

const SCHEMA = {
  openai: "response_format.json_schema",
  anthropic: "output_config.format",
  responses: "text.format",
};
/** Anthropic's highest temperature. */
const TEMPERATURE_MAX = 1;

/** Would an Anthropic provider think? Beside that it takes neither sampling nor a forced call. */
export function thinks({ conversation }: Said): boolean {
  return willThink(conversation);
}

/** Is thinking wished at all? */
function wishesThinking({ conversation: { reasoning } }: Said): boolean {
  if (!reasoning || reasoning.effort === "none") return false;
  return reasoning.effort !== undefined || reasoning.budgetTokens !== undefined;
}

function showsReasoning({ conversation }: Said): boolean {
  return conversation.reasoning?.shown !== undefined;
}

function output(name: keyof OutputWish): FieldRow["present"] {
  return ({ conversation }) => conversation.output[name] !== undefined;
}

function sampling(name: keyof Sampling): FieldRow["present"] {
  return ({ conversation }) => conversation.sampling[name] !== undefined;
}

function said(name: keyof Conversation): FieldRow["present"] {
  return ({ conversation }) => conversation[name] !== undefined;
}

function schemaHas(name: "name" | "description"): FieldRow["present"] {
  return ({ conversation: { output } }) =>
    output.format?.kind === "schema" && output.format[name] !== undefined;
}

const OUTPUT_FIELDS: readonly FieldRow[] = [
  {
    name: "cap on output",
    paths: {
      openai: "max_completion_tokens",
      anthropic: "max_tokens",
      responses: "max_output_tokens",
    },
    otherwise: "unsupported",
    present: output("tokensMax"),
  },
  {
    name: "stop sequences",
    paths: { openai: "stop", anthropic: "stop_sequences" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.output.stop.length > 0,
  },
  {
    name: "JSON without a schema",
    paths: { openai: "response_format", responses: "text.format" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.output.format?.kind === "json",
  },
  {
    name: "JSON of a schema",
    paths: SCHEMA,
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.output.format?.kind === "schema",
  },
  {
    name: "name of the schema",
    paths: { openai: `${SCHEMA.openai}.name`, responses: `${SCHEMA.responses}.name` },
    otherwise: "dropped",
    present: schemaHas("name"),
  },
  {
    name: "description of the schema",
    paths: { openai: `${SCHEMA.openai}.description`, responses: `${SCHEMA.responses}.description` },
    otherwise: "dropped",
    present: schemaHas("description"),
  },
  {
    name: "strictness of the schema",
    paths: { openai: `${SCHEMA.openai}.strict`, responses: `${SCHEMA.responses}.strict` },
    mapped: { anthropic: "always strict" },
    otherwise: "dropped",
    present: ({ conversation: { output } }) =>
      output.format?.kind === "schema" && output.format.strict !== undefined,
  },
  {
    name: "verbosity",
    paths: { openai: "verbosity", responses: "text.verbosity" },
    otherwise: "dropped",
    present: output("verbosity"),
  },
];

const SAMPLING_FIELDS: readonly FieldRow[] = [
  {
    name: "temperature",
    paths: { openai: "temperature", anthropic: "temperature", responses: "temperature" },
    otherwise: "dropped",
    present: sampling("temperature"),
  },
  {
    name: "temperature above 1",
    paths: { openai: "temperature", responses: "temperature" },
    otherwise: "dropped",
    present: ({ conversation }) => (conversation.sampling.temperature ?? 0) > TEMPERATURE_MAX,
  },
  {
    name: "temperature beside reasoning",
    paths: { openai: "temperature", responses: "temperature" },
    otherwise: "dropped",
    present: (all) => thinks(all) && sampling("temperature")(all),
  },
  {
    name: "`top_p`",
    paths: { openai: "top_p", anthropic: "top_p", responses: "top_p" },
    otherwise: "dropped",
    present: sampling("topP"),
  },
  {
    name: "`top_p` beside reasoning",
    paths: { openai: "top_p", responses: "top_p" },
    otherwise: "dropped",
    present: (all) => thinks(all) && sampling("topP")(all),
  },
  {
    name: "`top_k`",
    paths: { openai: "top_k", anthropic: "top_k" },
    own: ["openai"],
    otherwise: "dropped",
    present: sampling("topK"),
  },
  {
    name: "`top_k` beside reasoning",
    paths: { openai: "top_k", anthropic: "top_k" },
    own: ["openai", "anthropic"],
    otherwise: "dropped",
    present: (all) => thinks(all) && sampling("topK")(all),
  },
  {
    name: "seed",
    paths: { openai: "seed" },
    otherwise: "dropped",
    present: sampling("seed"),
  },
  {
    name: "presence penalty",
    paths: { openai: "presence_penalty" },
    otherwise: "dropped",
    present: sampling("presencePenalty"),
  },
  {
    name: "frequency penalty",
    paths: { openai: "frequency_penalty" },
    otherwise: "dropped",
    present: sampling("frequencyPenalty"),
  },
  {
    name: "logit bias",
    paths: { openai: "logit_bias" },
    otherwise: "unsupported",
    present: sampling("logitBias"),
  },
  {
    name: "logprobs",
    paths: { openai: "logprobs", responses: "include" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.sampling.logprobs === true,
  },
  {
    name: "top logprobs",
    paths: { openai: "top_logprobs", responses: "top_logprobs" },
    otherwise: "unsupported",
    present: ({ conversation }) => (conversation.sampling.topLogprobs ?? 0) > 0,
  },
  {
    name: "several choices",
    paths: { openai: "n" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.sampling.choices > 1,
  },
];

const REASONING_FIELDS: readonly FieldRow[] = [
  {
    name: "effort of reasoning",
    paths: {
      openai: "reasoning_effort",
      anthropic: "output_config.effort",
      responses: "reasoning.effort",
    },
    mapped: { openai: "`max` is `xhigh`", anthropic: "a budget" },
    otherwise: "dropped",
    present: ({ conversation }) => conversation.reasoning?.effort !== undefined,
  },
  {
    name: "effort without room to think",
    paths: { openai: "reasoning_effort", responses: "reasoning.effort" },
    otherwise: "dropped",
    present: (all) => wishesThinking(all) && !thinks(all),
  },
  {
    name: "budget of reasoning",
    paths: { anthropic: "thinking.budget_tokens" },
    mapped: { openai: "an effort", responses: "an effort" },
    otherwise: "dropped",
    present: ({ conversation }) => conversation.reasoning?.budgetTokens !== undefined,
  },
  {
    name: "reasoning is shown",
    paths: { anthropic: "thinking.display", responses: "reasoning.summary" },
    otherwise: "dropped",
    present: showsReasoning,
  },
  {
    name: "reasoning is shown without room to think",
    paths: { anthropic: "thinking.display", responses: "reasoning.summary" },
    own: ["anthropic"],
    otherwise: "dropped",
    present: (all) => showsReasoning(all) && !thinks(all),
  },
];

const OTHER_FIELDS: readonly FieldRow[] = [
  {
    name: "end user",
    paths: { openai: "user", anthropic: "metadata.user_id", responses: "user" },
    otherwise: "dropped",
    present: said("user"),
  },
  {
    name: "key of a prompt cache",
    paths: { openai: "prompt_cache_key", responses: "prompt_cache_key" },
    otherwise: "dropped",
    present: said("cacheKey"),
  },
  {
    name: "service tier",
    paths: { openai: "service_tier", anthropic: "service_tier", responses: "service_tier" },
    own: ["openai", "anthropic", "responses"],
    otherwise: "dropped",
    present: said("serviceTier"),
    without: (conversation) => ({ ...conversation, serviceTier: undefined }),
  },
  {
    name: "metadata",
    paths: { openai: "metadata", responses: "metadata" },
    otherwise: "dropped",
    present: said("metadata"),
  },
];

/** What a request wishes of the answer, and what it tells the provider. */
export const WISH_FIELDS: readonly FieldRow[] = [
  ...OUTPUT_FIELDS,
  ...SAMPLING_FIELDS,
  ...REASONING_FIELDS,
  ...OTHER_FIELDS,
];
