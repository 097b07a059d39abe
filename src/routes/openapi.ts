/** `GET /openapi.json`, generated from the schemas that check the requests. */

import { z } from "zod";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { ERRORS } from "../errors.ts";
import { adminPaths, SESSION_SCHEME } from "./admin/openapi.ts";
import { envelopeShape } from "./chat.ts";
import { controlShape } from "./control.ts";
import { usageTold } from "./usage.ts";
import {
  anthropicErrorShape,
  anthropicModelListShape,
  anthropicModelShape,
  countRequestShape,
  countShape,
  embeddingsRequestShape,
  embeddingsShape,
  messageShape,
  messagesRequestShape,
  modelListShape,
  modelShape,
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
/** Errors are told in the door's own dialect. */
const failures = (error: z.ZodType) => {
  const failure = { description: "See the table of codes.", content: json(error) };
  return { "4XX": failure, "5XX": failure } as const;
};

interface Post {
  readonly request: z.ZodType;
  readonly answer: z.ZodType;
  readonly error: z.ZodType;
  /** May `stream: true` ask for events? */
  readonly streams: boolean;
}

function post(summary: string, door: Post): ZodOpenApiPathsObject[string] {
  const { request, answer, error, streams } = door;
  return {
    post: {
      summary,
      requestParams: { header: z.object({ "x-tokenhub-policy": z.string().optional() }) },
      requestBody: { required: true, content: json(request) },
      responses: {
        "200": {
          description: streams ? "The answer, or a stream of events." : "The answer.",
          content: { ...json(answer), ...(streams ? events : {}) },
        },
        ...failures(error),
      },
    },
  };
}

function get(summary: string, type: string, schema: z.ZodType): ZodOpenApiPathsObject[string] {
  return {
    get: {
      summary,
      security: [],
      responses: {
        "200": { description: summary, content: { [type]: { schema } } },
        ...failures(errorShape),
      },
    },
  };
}

/** OpenAI's shape, or Anthropic's where its version header is sent; errors too. */
function getModels(
  summary: string,
  [ofOpenai, ofAnthropic]: readonly [z.ZodType, z.ZodType],
): ZodOpenApiPathsObject[string] {
  return {
    get: {
      summary,
      requestParams: {
        header: z.object({
          "anthropic-version": z
            .string()
            .optional()
            .meta({ description: "When sent, the answer has Anthropic's shape." }),
        }),
      },
      responses: {
        "200": { description: summary, content: json(z.union([ofOpenai, ofAnthropic])) },
        ...failures(z.union([errorShape, anthropicErrorShape])),
      },
    },
  };
}

const status = z.object({ status: z.literal("ok") });
const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });
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
        session: SESSION_SCHEME,
      },
    },
    paths: {
      "/v1/chat": post("Chat with the reasons for the choice", {
        request: envelopeShape.meta({ id: "ChatEnvelope" }),
        answer: answerShape,
        error: errorShape,
        streams: true,
      }),
      "/v1/chat/completions": post("OpenAI Chat Completions", {
        request: chatRequestShape,
        answer: completionShape,
        error: errorShape,
        streams: true,
      }),
      "/v1/messages": post("Anthropic Messages", {
        request: messagesRequestShape,
        answer: messageShape,
        error: anthropicErrorShape,
        streams: true,
      }),
      "/v1/messages/count_tokens": post("How long a prompt is", {
        request: countRequestShape,
        answer: countShape,
        error: anthropicErrorShape,
        streams: false,
      }),
      "/v1/responses": post("OpenAI Responses", {
        request: responsesRequestShape,
        answer: responseShape,
        error: errorShape,
        streams: true,
      }),
      "/v1/embeddings": post("OpenAI Embeddings", {
        request: embeddingsRequestShape,
        answer: embeddingsShape,
        error: errorShape,
        streams: false,
      }),
      "/v1/models": getModels("The models this key may use", [
        modelListShape,
        anthropicModelListShape,
      ]),
      "/v1/models/{id}": {
        ...getModels("One model", [modelShape, anthropicModelShape]),
        parameters: [{ in: "path", name: "id", required: true, schema: { type: "string" } }],
      },
      "/v1/usage": {
        get: {
          summary: "What this key spent, its limits, what remains",
          responses: {
            "200": { description: "In USD, by day and month.", content: json(usageTold) },
            ...failures(errorShape),
          },
        },
      },
      "/healthz": get("The process lives", JSON_TYPE, status),
      "/readyz": get("It can serve", JSON_TYPE, readiness),
      "/metrics": get("Prometheus text", "text/plain", z.string()),
      "/openapi.json": get("This document", JSON_TYPE, z.looseObject({})),
      ...adminPaths(failures(errorShape)),
    },
  }) as unknown as Record<string, unknown>;
  return made;
}
