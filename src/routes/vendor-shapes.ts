/** The vendors' own requests and answers, as far as the description tells them; everything else is theirs. */
import { z } from "zod";
import { controlShape } from "./control.ts";

const model = z
  .string()
  .meta({ description: "A model, an alias, or a virtual model such as `tokenhub/auto`." });

/** Anthropic Messages. */
export const messagesRequestShape = z
  .looseObject({
    model,
    max_tokens: z.int().min(1),
    messages: z.array(z.unknown()),
    system: z.union([z.string(), z.array(z.unknown())]).optional(),
    tools: z.array(z.unknown()).optional(),
    stream: z.boolean().optional(),
    tokenhub: controlShape.optional(),
  })
  .meta({
    id: "MessagesRequest",
    description: "Anthropic Messages; unknown fields are forwarded.",
  });

/** Its answer. */
export const messageShape = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(z.unknown()),
    stop_reason: z.string().nullable(),
  })
  .meta({ id: "Message", description: "Anthropic's message; `model` is the public model id." });

/** What is counted. */
export const countRequestShape = z
  .looseObject({ model, messages: z.array(z.unknown()) })
  .meta({ id: "CountTokensRequest" });

/** How long it is. */
export const countShape = z.object({ input_tokens: z.int() }).meta({
  id: "CountTokens",
  description: "An estimate of ours where the header `x-tokenhub-estimated` says so.",
});

/** OpenAI Responses. */
export const responsesRequestShape = z
  .looseObject({
    model,
    input: z.union([z.string(), z.array(z.unknown())]),
    instructions: z.string().nullish(),
    tools: z.array(z.unknown()).optional(),
    stream: z.boolean().optional(),
    store: z.boolean().nullish(),
    previous_response_id: z.string().nullish(),
    tokenhub: controlShape.optional(),
  })
  .meta({
    id: "ResponsesRequest",
    description: "OpenAI Responses; unknown fields are forwarded, nothing is stored.",
  });

/** Its answer. */
export const responseShape = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    status: z.string(),
    model: z.string(),
    output: z.array(z.unknown()),
  })
  .meta({ id: "Response", description: "OpenAI's response; `model` is the public model id." });

/** OpenAI Embeddings. */
export const embeddingsRequestShape = z
  .looseObject({
    model: z.string().meta({ description: "A model of kind embedding; virtual ones are refused." }),
    input: z.union([z.string(), z.array(z.unknown())]),
    encoding_format: z.enum(["float", "base64"]).optional(),
    dimensions: z.int().min(1).optional(),
    tokenhub: controlShape.optional(),
  })
  .meta({ id: "EmbeddingsRequest" });

/** Its answer. */
export const embeddingsShape = z
  .looseObject({ object: z.literal("list"), model: z.string(), data: z.array(z.unknown()) })
  .meta({ id: "Embeddings" });

/** Anthropic's error, as its doors tell it. */
export const anthropicErrorShape = z
  .object({
    type: z.literal("error"),
    error: z.object({
      type: z.string(),
      message: z.string(),
      details: z.object({ error_code: z.string() }).optional(),
    }),
    request_id: z.string(),
  })
  .meta({ id: "AnthropicError" });

/** One of OpenAI's models. */
export const modelShape = z
  .object({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })
  .meta({ id: "Model" });

/** All of them. */
export const modelListShape = z
  .object({ object: z.literal("list"), data: z.array(modelShape) })
  .meta({ id: "ModelList" });

/** One of Anthropic's models. */
export const anthropicModelShape = z
  .object({
    id: z.string(),
    type: z.literal("model"),
    display_name: z.string(),
    created_at: z.string().meta({ description: "The epoch: unknown." }),
  })
  .meta({ id: "AnthropicModel" });

/** All of them, on one page. */
export const anthropicModelListShape = z
  .object({
    data: z.array(anthropicModelShape),
    has_more: z.literal(false),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .meta({ id: "AnthropicModelList" });
