/** `GET /openapi.json`, generated from the schemas that check the requests. */
import { z } from "zod";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { ERRORS } from "../errors.ts";
import { envelopeShape } from "./chat.ts";
import { controlShape } from "./control.ts";
import {
  countRequestShape,
  countShape,
  embeddingsRequestShape,
  embeddingsShape,
  messageShape,
  messagesRequestShape,
  responseShape,
  responsesRequestShape,
} from "./vendor-shapes.ts";

const errorShape = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS]),
      type: z.string(),
      message: z.string(),
      param: z.string().nullish(),
      request_id: z.string(),
    }),
  })
  .meta({ id: "Error" });

const completionShape = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    model: z.string(),
    choices: z.array(z.unknown()),
  })
  .meta({
    id: "ChatCompletion",
    description: "OpenAI's chat completion; `model` is the public model id.",
  });

const chatRequestShape = z
  .looseObject({
    model: z
      .string()
      .meta({ description: "A model, an alias, or a virtual model such as `tokenhub/auto`." }),
    messages: z.array(z.unknown()),
    stream: z.boolean().optional(),
    tokenhub: controlShape.optional(),
  })
  .meta({
    id: "ChatCompletionRequest",
    description: "OpenAI Chat Completions; unknown fields are forwarded.",
  });

const modelShape = z
  .object({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })
  .meta({ id: "Model" });

const answerShape = z
  .object({
    request_id: z.string(),
    negotiated_model: z.string(),
    estimated_cost_usd: z.number().optional(),
    routing_reason: z.string(),
    response: completionShape,
    decision: z.looseObject({ mode: z.string() }),
  })
  .meta({ id: "ChatAnswer" });

const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const events = { "text/event-stream": { schema: z.string() } };
const failure = { description: "See the table of codes.", content: json(errorShape) };
const FAILURES = { "4XX": failure, "5XX": failure } as const;

function chat(
  summary: string,
  request: z.ZodType,
  answer: z.ZodType,
): ZodOpenApiPathsObject[string] {
  return {
    post: {
      summary,
      requestParams: { header: z.object({ "x-tokenhub-policy": z.string().optional() }) },
      requestBody: { required: true, content: json(request) },
      responses: {
        "200": {
          description: "The answer, or a stream of events.",
          content: { ...json(answer), ...events },
        },
        ...FAILURES,
      },
    },
  };
}

function get(
  summary: string,
  type: string,
  schema: z.ZodType,
  open: boolean,
): ZodOpenApiPathsObject[string] {
  return {
    get: {
      summary,
      ...(open ? { security: [] } : {}),
      responses: { "200": { description: summary, content: { [type]: { schema } } }, ...FAILURES },
    },
  };
}

const status = z.object({ status: z.literal("ok") });
const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });
const list = z.object({ object: z.literal("list"), data: z.array(modelShape) });
const JSON_TYPE = "application/json";

let made: Record<string, unknown> | undefined;

/** Built once, when first asked for: it is of no use to the request path. */
export function openapiDocument(): Record<string, unknown> {
  made ??= createDocument({
    openapi: "3.1.0",
    info: { title: "Tokenhub", version: "1", license: { name: "MIT" } },
    security: [{ bearer: [] }, { apiKey: [] }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
      },
    },
    paths: {
      "/v1/chat": chat(
        "Chat with the reasons for the choice",
        envelopeShape.meta({ id: "ChatEnvelope" }),
        answerShape,
      ),
      "/v1/chat/completions": chat("OpenAI Chat Completions", chatRequestShape, completionShape),
      "/v1/messages": chat("Anthropic Messages", messagesRequestShape, messageShape),
      "/v1/messages/count_tokens": chat("How long a prompt is", countRequestShape, countShape),
      "/v1/responses": chat("OpenAI Responses", responsesRequestShape, responseShape),
      "/v1/embeddings": chat("OpenAI Embeddings", embeddingsRequestShape, embeddingsShape),
      "/v1/models": get("The models this key may use", JSON_TYPE, list, false),
      "/v1/models/{id}": {
        ...get("One model", JSON_TYPE, modelShape, false),
        parameters: [{ in: "path", name: "id", required: true, schema: { type: "string" } }],
      },
      "/healthz": get("The process lives", JSON_TYPE, status, true),
      "/readyz": get("It can serve", JSON_TYPE, readiness, true),
      "/metrics": get("Prometheus text", "text/plain", z.string(), true),
      "/openapi.json": get("This document", JSON_TYPE, z.looseObject({}), true),
    },
  }) as unknown as Record<string, unknown>;
  return made;
}
