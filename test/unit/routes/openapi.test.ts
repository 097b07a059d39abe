/** What the description says that each door answers. */
import { describe, expect, test } from "vitest";
import { openapiDocument } from "../../../src/routes/openapi.ts";
import { contentOf, operationsOf } from "../../fakes/openapi.ts";

const document = JSON.parse(JSON.stringify(openapiDocument()));
const contents = (operation: string, status: string) => contentOf(document, { operation, status });
const JSON_TYPE = "application/json";

const ANTHROPIC = ["POST /v1/messages", "POST /v1/messages/count_tokens"];
const BOTH = ["GET /v1/models", "GET /v1/models/{id}"];

describe.each(operationsOf(document))("%s", (operation) => {
  test("tells errors in the dialect of its clients", () => {
    const shapes = ANTHROPIC.includes(operation)
      ? ["AnthropicError"]
      : BOTH.includes(operation)
        ? ["AnthropicError", "Error"]
        : ["Error"];
    for (const status of ["4XX", "5XX"]) {
      expect(contents(operation, status)).toEqual({ [JSON_TYPE]: shapes });
    }
  });
});

test.each([
  ["POST /v1/chat", true],
  ["POST /v1/chat/completions", true],
  ["POST /v1/messages", true],
  ["POST /v1/messages/count_tokens", false],
  ["POST /v1/responses", true],
  ["POST /v1/embeddings", false],
])("%s promises events: %s", (operation, streams) => {
  const types = streams ? [JSON_TYPE, "text/event-stream"] : [JSON_TYPE];
  expect(Object.keys(contents(operation, "200"))).toEqual(types);
});

test.each([
  ["GET /v1/models", ["AnthropicModelList", "ModelList"]],
  ["GET /v1/models/{id}", ["AnthropicModel", "Model"]],
])("%s has OpenAI's shape and Anthropic's", (operation, shapes) => {
  expect(contents(operation, "200")).toEqual({ [JSON_TYPE]: shapes });
});
