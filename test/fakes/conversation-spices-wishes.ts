/** Rows of the table about wishes, each with the conversations that have it. */
import fc from "fast-check";
import type { OutputFormat, OutputWish, ReasoningWish, Sampling } from "../../src/conversation.ts";
import { type Called, calls, objects, type Script, schemas, words } from "./conversation-script.ts";
import { put, type Spice, wishing } from "./conversation-spice.ts";
import { HIGH, withRoom } from "./conversation-spices-tools.ts";

function output<Name extends keyof OutputWish>(
  name: Name,
  values: fc.Arbitrary<OutputWish[Name]>,
): Spice {
  return put(values, (script, value) =>
    wishing((wishes) => ({ output: { ...wishes.output, [name]: value } }))(script),
  );
}

function sampling<Name extends keyof Sampling>(
  name: Name,
  values: fc.Arbitrary<Sampling[Name]>,
): Spice {
  return put(values, (script, value) => sampled(script, { [name]: value }));
}

function sampled(script: Script, changes: Partial<Sampling>): Script {
  return wishing((wishes) => ({ sampling: { ...wishes.sampling, ...changes } }))(script);
}

function reasoned(changes: Partial<ReasoningWish>): (script: Script) => Script {
  return wishing(({ reasoning }) => ({
    reasoning: {
      effort: undefined,
      budgetTokens: undefined,
      shown: undefined,
      ...reasoning,
      ...changes,
    },
  }));
}

/** A wish to think, and another that a provider of Messages takes not beside it. */
function beside<Name extends keyof Sampling>(
  name: Name,
  values: fc.Arbitrary<Sampling[Name]>,
): Spice {
  return put(values, (script, value) =>
    reasoned(HIGH)(sampled(withRoom(script), { [name]: value })),
  );
}

/** The cap is below the least budget. */
function withoutRoom(script: Script): Script {
  return wishing(({ output }) => ({ output: { ...output, tokensMax: 500 } }))(script);
}

/** The last answer ends with a call, and its thoughts are lost. */
function waiting(script: Script, called: Called): Script {
  const before = script.exchanges.slice(0, -1);
  const [last] = script.exchanges.slice(-1);
  return last
    ? { ...script, exchanges: [...before, { ...last, thoughts: [], calls: [called] }] }
    : script;
}

const counts = fc.integer({ min: 1, max: 20_000 });
const shares = fc.integer({ min: 0, max: 100 }).map((value) => value / 100);
const efforts = fc.constantFrom("none", "minimal", "low", "medium", "high", "xhigh", "max");

const schema = fc.record({ kind: fc.constant("schema" as const), schema: schemas });
/** Names of schemas are optional in no dialect that has them. */
const named = fc.record({ kind: fc.constant("schema" as const), name: words, schema: schemas });
const formats = (values: fc.Arbitrary<OutputFormat>) => output("format", values);

/** Name of the row → how it comes into a conversation. */
export const WISH_SPICES: Readonly<Record<string, Spice>> = {
  "cap on output": output("tokensMax", counts),
  "stop sequences": output("stop", fc.array(words, { minLength: 1, maxLength: 2 })),
  "JSON without a schema": formats(fc.constant({ kind: "json" })),
  "JSON of a schema": (way) =>
    formats(
      way.from === "anthropic" ? schema.map((format) => ({ ...format, name: undefined })) : named,
    )(way),
  "name of the schema": formats(named),
  "description of the schema": formats(
    fc.tuple(named, words).map(([format, description]) => ({ ...format, description })),
  ),
  "strictness of the schema": formats(
    fc.tuple(named, fc.boolean()).map(([format, strict]) => ({ ...format, strict })),
  ),
  verbosity: output("verbosity", fc.constantFrom("low", "high")),
  temperature: sampling("temperature", shares),
  "temperature above 1": sampling("temperature", fc.constantFrom(1.01, 1.5, 2)),
  "temperature beside reasoning": beside("temperature", shares),
  "`top_p`": sampling("topP", shares),
  "`top_p` beside reasoning": beside("topP", shares),
  "`top_k`": sampling("topK", counts),
  "`top_k` beside reasoning": beside("topK", counts),
  seed: sampling("seed", fc.integer()),
  "presence penalty": sampling("presencePenalty", shares),
  "frequency penalty": sampling("frequencyPenalty", shares),
  "logit bias": sampling("logitBias", objects),
  logprobs: sampling("logprobs", fc.constant(true)),
  "top logprobs": sampling("topLogprobs", fc.integer({ min: 1, max: 20 })),
  "several choices": sampling("choices", fc.integer({ min: 2, max: 8 })),
  "effort of reasoning": put(efforts, (script, effort) =>
    reasoned(
      effort === "none" ? { effort, budgetTokens: undefined, shown: undefined } : { effort },
    )(script),
  ),
  "effort without room to think": put(fc.option(calls), (script, called) =>
    reasoned(HIGH)(called ? waiting(script, called) : withoutRoom(script)),
  ),
  "reasoning is shown without room to think": (way) =>
    put(fc.boolean(), (script, shown) => {
      const wish = way.from === "anthropic" ? { effort: undefined, budgetTokens: 2_000 } : {};
      return reasoned({ ...wish, shown })(withoutRoom(script));
    })(way),
  "budget of reasoning": put(counts, (script, budgetTokens) =>
    reasoned({ effort: undefined, budgetTokens })(script),
  ),
  "reasoning is shown": (way) =>
    put(fc.boolean(), (script, shown) =>
      reasoned(
        way.from === "anthropic"
          ? { effort: undefined, budgetTokens: 2_000, shown }
          : { effort: "high", shown },
      )(script),
    )(way),
  "end user": put(words, (script, user) => wishing(() => ({ user }))(script)),
  "key of a prompt cache": put(words, (script, cacheKey) => wishing(() => ({ cacheKey }))(script)),
  "service tier": put(fc.constantFrom("auto", "priority", "standard_only"), (script, serviceTier) =>
    wishing(() => ({ serviceTier }))(script),
  ),
  metadata: put(objects, (script, metadata) => wishing(() => ({ metadata }))(script)),
};
