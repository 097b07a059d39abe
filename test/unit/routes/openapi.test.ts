/** What the description says that each door answers. */
import { describe, expect, test } from "vitest";
import { orchestrationShape } from "../../../src/routes/control.ts";
import { openapiDocument } from "../../../src/routes/openapi.ts";
import { contentOf, operationsOf, problemsOf, propertiesOf } from "../../fakes/openapi.ts";

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
  ["POST /v1/plan", true],
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

test("an answer in the background is told where the envelope can ask for one", () => {
  for (const path of ["/v1/chat", "/v1/plan"]) {
    expect(contents(`POST ${path}`, "202")).toEqual({ [JSON_TYPE]: ["PlanMade"] });
  }
  expect(contents("POST /v1/chat/completions", "202")).toEqual({});
  for (const method of ["GET", "DELETE"]) {
    expect(contents(`${method} /v1/plan/{id}`, "200")).toEqual({ [JSON_TYPE]: ["Plan"] });
  }
});

test("every option of an orchestration is described, and what is told of its stages", () => {
  const options = [...Object.keys(orchestrationShape.shape), "background"];
  const told = ["stages", "trimmed", "stopped", "reserved_usd", "artifacts", "critiques"];
  expect(propertiesOf(document)).toEqual(expect.arrayContaining([...options, ...told]));
  expect(problemsOf(document)).toEqual([]);
});

test("every door tells what became of directives", () => {
  const doors = ["/v1/chat", "/v1/plan", "/v1/chat/completions", "/v1/messages", "/v1/responses"];
  for (const path of doors) {
    const { headers } = document.paths[path].post.responses["200"];
    expect(Object.keys(headers)).toContain("x-tokenhub-directive");
  }
});
