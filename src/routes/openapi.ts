/** `GET /openapi.json`, generated from the schemas that check the requests. */

import { z } from "zod";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { ERRORS } from "../errors.ts";
import { adminPaths, SESSION_SCHEME } from "./admin/openapi.ts";
import { envelopeShape } from "./chat.ts";
import { controlShape } from "./control.ts";
import { answerShape, completionShape } from "./openapi-answers.ts";
import { planMadeShape, planShape } from "./plan.ts";
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

const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const events = { "text/event-stream": { schema: z.string() } };
/** Errors are told in the door's own dialect. */
const failures = (error: z.ZodType) => {
  const failure = { description: "See the table of codes.", content: json(error) };
  return { "4XX": failure, "5XX": failure } as const;
};

const envelopeDoor: Post = {
  request: envelopeShape.meta({ id: "ChatEnvelope" }),
  answer: answerShape,
  later: planMadeShape,
  error: errorShape,
  streams: true,
};

const planToldShape = planShape(answerShape);

/** Only for the key that made it. */
function planTold(summary: string) {
  return {
    summary,
    responses: {
      "200": { description: "Its state.", content: json(planToldShape) },
      ...failures(errorShape),
    },
  };
}

interface Post {
  readonly request: z.ZodType;
  /** What it answers with 202; undefined: nothing runs in the background. */
  readonly later?: z.ZodType;
  readonly answer: z.ZodType;
  readonly error: z.ZodType;
  /** May `stream: true` ask for events? */
  readonly streams: boolean;
}

const controlHeader = z.object({
  "x-tokenhub-policy": z
    .string()
    .optional()
    .meta({ description: "Control data as JSON: what `tokenhub` may hold in a body." }),
});
const directiveHeader = z.string().meta({
  description: "`none`, `applied` or `ignored`; keys that nobody knows; how many were removed.",
});

function post(summary: string, door: Post): ZodOpenApiPathsObject[string] {
  const { request, answer, error, streams, later } = door;
  return {
    post: {
      summary,
      requestParams: { header: controlHeader },
      requestBody: { required: true, content: json(request) },
      responses: {
        "200": {
          description: streams ? "The answer, or a stream of events." : "The answer.",
          headers: z.object({ "x-tokenhub-directive": directiveHeader }),
          content: { ...json(answer), ...(streams ? events : {}) },
        },
        ...(later && {
          "202": { description: "It runs in the background.", content: json(later) },
        }),
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
      "/v1/chat": post("Chat with the reasons for the choice", envelopeDoor),
      "/v1/plan": post("A plan, or what else the envelope asks for", envelopeDoor),
      "/v1/plan/{id}": {
        parameters: [{ in: "path", name: "id", required: true, schema: { type: "string" } }],
        get: planTold("What became of a plan in the background"),
        delete: planTold("Cancels it, if it has not ended"),
      },
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
