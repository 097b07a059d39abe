/** The official OpenAI SDK's Responses client, in both homes, before providers of every dialect. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const PROVIDERS = [
  { id: "own", dialects: ["responses"] },
  { id: "chat" },
  { id: "messages", type: "anthropic", credential_source: "none" },
];
const parameters = { type: "object", properties: { city: { type: "string" } } };
const TOOLS = ["weather", "news"].map(
  (name): OpenAI.Responses.FunctionTool => ({ type: "function", name, parameters, strict: false }),
);

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: PROVIDERS,
      models: PROVIDERS.map(({ id }) => ({
        id,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools", "json_schema", "reasoning"],
      })),
    },
  });
  const sdk = () =>
    new OpenAI({ baseURL: `${gateway.home.url}/v1`, apiKey: gateway.home.key, maxRetries: 0 });

  describe.each(PROVIDERS.map(({ id }) => id))("provider %s", (model) => {
    test("a response: its text, its model, its usage", async () => {
      const response = await sdk().responses.create({ model, input: "Hello?" });
      expect(response).toMatchObject({
        object: "response",
        status: "completed",
        model,
        output_text: "Hello from upstream.",
        usage: { output_tokens: 12 },
      });
      expect(response.id).toMatch(/^resp_/);
    });

    test("the stream helper puts together what the whole answer says", async () => {
      const stream = sdk().responses.stream({ model, input: "Hello?" });
      let text = "";
      let last = -1;
      stream.on("response.output_text.delta", ({ delta }) => {
        text += delta;
      });
      stream.on("event", (event) => {
        expect(event.sequence_number).toBe(last + 1);
        last = event.sequence_number;
      });
      const response = await stream.finalResponse();
      expect(text).toBe("Hello from upstream.");
      expect(response).toMatchObject({ status: "completed", model, output_text: text });
    });

    test.each([false, true])("two calls at once, then their results; stream: %s", async (live) => {
      const ask = (input: OpenAI.Responses.ResponseInput) => {
        const body = { model, tools: TOOLS, input, store: false };
        return live ? sdk().responses.stream(body).finalResponse() : sdk().responses.create(body);
      };
      const question = { role: "user" as const, content: "Ask twice: Oslo?" };
      const first = await ask([question]);
      const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
      expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual(
        TOOLS.map((tool) => [tool.name, { city: "Oslo" }]),
      );
      const history = first.output.map(
        // What the stream helper adds for its user is no part of the dialect.
        ({ parsed_arguments, ...item }: { parsed_arguments?: unknown } & object) => item,
      ) as OpenAI.Responses.ResponseInput;
      const results = calls.map((call) => ({
        type: "function_call_output" as const,
        call_id: call.call_id,
        output: "sunny",
      }));
      const last = await ask([question, ...history, ...results]);
      expect(last.output_text).toBe("Hello from upstream.");
    });

    test("structured output holds to its schema's shape", async () => {
      const schema = {
        type: "object",
        properties: { answer: { type: "string" } },
        required: ["answer"],
        additionalProperties: false,
      };
      const response = await sdk().responses.create({
        model,
        input: "Hello?",
        text: { format: { type: "json_schema", name: "answer", schema, strict: true } },
      });
      expect(JSON.parse(response.output_text)).toEqual({ answer: "Hello from upstream." });
    });
  });

  test("what would have to be stored is refused by its name", async () => {
    const refused = sdk().responses.create({ model: "own", input: "Hello?", store: true });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: "unsupported_parameter",
      param: "store",
    });
    await expect(
      sdk().responses.create({ model: "own", input: "x", previous_response_id: "resp_1" }),
    ).rejects.toMatchObject({ status: 400, param: "previous_response_id" });
  });
});
