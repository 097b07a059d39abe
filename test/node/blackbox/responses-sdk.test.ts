/** Responses as the official OpenAI SDK for Node asks for them, in both homes, before providers of every dialect. */
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { json } from "../../fakes/upstream-chat.ts";
import { REFUSALS } from "../../fakes/upstream-script.ts";

const MODELS = ["own", "chat", "messages"] as const;
const PARAMETERS = { type: "object", properties: { city: { type: "string" } } };
const TOOLS = ["weather", "news"].map((name) => ({
  type: "function" as const,
  name,
  parameters: PARAMETERS,
  strict: false,
}));

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    limits: { backoffBaseMs: 5, throttleWaitMs: 500 },
    registry: {
      providers: [
        { id: "own", dialects: ["responses"] },
        { id: "chat" },
        { id: "messages", type: "anthropic", credential_source: "none" },
        { id: "throttling", dialects: ["responses"] },
      ],
      models: [...MODELS, "throttling"].map((id) => ({
        id,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools", "json_schema", "reasoning"],
      })),
    },
  });
  const sdk = (apiKey = gateway.home.key) =>
    new OpenAI({ baseURL: `${gateway.home.url}/v1`, apiKey, maxRetries: 0 });

  describe.each(MODELS)("model %s", (model) => {
    const ask = (fields: object, isStream = false): Promise<OpenAI.Responses.Response> => {
      const asked = { model, input: "Hello?", store: false, ...fields };
      return isStream
        ? sdk().responses.stream(asked).finalResponse()
        : sdk().responses.create(asked);
    };

    test.each([false, true])("an answer and its usage, streamed: %s", async (isStream) => {
      const response = await ask({}, isStream);
      expect(response).toMatchObject({ model, status: "completed", object: "response" });
      expect(response.id).toMatch(/^resp_/);
      expect(response.output_text).toBe("Hello from upstream.");
      expect(response.usage).toMatchObject({
        input_tokens: 9,
        output_tokens: 12,
        total_tokens: 21,
      });
    });

    test("a stream's events are numbered, begin with created and end with completed", async () => {
      const asked = { model, input: "Hello?", store: false, stream: true } as const;
      const types: string[] = [];
      const numbers: number[] = [];
      let text = "";
      for await (const event of await sdk().responses.create(asked)) {
        types.push(event.type);
        numbers.push(event.sequence_number);
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      expect(types[0]).toBe("response.created");
      expect(types.at(-1)).toBe("response.completed");
      expect(numbers).toEqual(numbers.map((_, at) => at));
      expect(text).toBe("Hello from upstream.");
    });

    test.each([false, true])("parallel calls and their results, streamed: %s", async (isStream) => {
      const question = { role: "user" as const, content: "Ask twice: Oslo?" };
      const first = await ask({ input: [question], tools: TOOLS }, isStream);
      const calls = first.output.filter((item) => item.type === "function_call");
      expect(calls.map((call) => [call.name, call.arguments])).toEqual([
        ["weather", '{"city":"Oslo"}'],
        ["news", '{"city":"Oslo"}'],
      ]);
      const results = calls.map(({ call_id }) => ({
        type: "function_call_output" as const,
        call_id,
        output: "rain",
      }));
      const input = [question, ...(first.output as ResponseInputItem[]), ...results];
      const second = await ask({ input, tools: TOOLS }, isStream);
      expect(second.output_text).toBe("Hello from upstream.");
    });

    test.each([false, true])(
      "a custom tool is called with text, streamed: %s",
      async (isStream) => {
        const tools = [{ type: "custom" as const, name: "shell" }];
        const question = { role: "user" as const, content: "List files." };
        if (model === "messages") {
          // This model fills in the one field that stands for the text.
          const call = { type: "tool_use", id: "toolu_1", name: "shell", input: { input: "ls" } };
          if (!isStream) gateway.upstream.next({ said: wholeMessage(call) });
        }
        const first = await ask({ input: [question], tools }, isStream);
        const call = first.output.find((item) => item.type === "custom_tool_call");
        expect(call).toMatchObject({ name: "shell", input: expect.any(String) });
        if (!call) return;
        const { call_id } = call;
        const result = { type: "custom_tool_call_output" as const, call_id, output: "a.txt" };
        const input = [question, ...(first.output as ResponseInputItem[]), result];
        const second = await ask({ input, tools }, isStream);
        expect(second.output_text).toBe("Hello from upstream.");
      },
    );

    test("structured output is parsed by the SDK's own helper", async () => {
      const format = zodTextFormat(z.object({ answer: z.string() }), "answer");
      const response = await sdk().responses.parse({
        model,
        input: "Hello?",
        store: false,
        text: { format },
      });
      expect(response.output_parsed).toEqual({ answer: "Hello from upstream." });
    });
  });

  test.each(["own", "messages"])("reasoning of model %s survives the next turn", async (model) => {
    const fields = {
      model,
      store: false,
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      tools: TOOLS,
    } as const;
    const question = { role: "user" as const, content: "Oslo?" };
    const asked = { ...fields, include: [...fields.include], tools: [...TOOLS] };
    const first = await sdk().responses.create({ ...asked, input: [question] });
    expect(first.output[0]).toMatchObject({ type: "reasoning" });
    const call = first.output.find((item) => item.type === "function_call");
    const result = {
      type: "function_call_output" as const,
      call_id: call?.call_id ?? "",
      output: "rain",
    };
    const input = [question, ...(first.output as ResponseInputItem[]), result];
    const second = await sdk().responses.create({ ...asked, input });
    expect(second.output_text).toBe("Hello from upstream.");
    const history = gateway.upstream.requests.at(-1)?.body ?? "";
    expect(history).toContain(model === "own" ? '"encrypted_content":"gAAA' : '"signature":"c2ln');
  });

  test("errors are of the SDK's own classes", async () => {
    const ask = (fields: object, apiKey?: string) =>
      sdk(apiKey).responses.create({ model: "own", input: "Hello?", store: false, ...fields });
    await expect(ask({}, "sk-not-ours")).rejects.toThrow(OpenAI.AuthenticationError);
    await expect(ask({ model: "no-such" })).rejects.toThrow(OpenAI.NotFoundError);
    for (const fields of [{ conversation: "conv_1" }, { background: true }]) {
      await expect(ask(fields)).rejects.toMatchObject({
        status: 400,
        code: "unsupported_parameter",
        param: Object.keys(fields)[0],
      });
    }
    const { rateLimited } = REFUSALS;
    gateway.upstream.next({ said: rateLimited }, { said: rateLimited });
    const found = await ask({ model: "throttling" }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(found).toBeInstanceOf(OpenAI.RateLimitError);
    const { headers } = found as InstanceType<typeof OpenAI.RateLimitError>;
    expect(Number(headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(headers?.get("x-should-retry")).toBe("true");
  });
});

function wholeMessage(call: object) {
  return json(200, {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "up",
    content: [call],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 12 },
  });
}
