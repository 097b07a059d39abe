/** The official OpenAI SDK for Node with nothing changed but base URL and key, against both homes. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { json } from "../../fakes/upstream-chat.ts";

const MESSAGES = [{ role: "user" as const, content: "Weather in Oslo?" }];
const WEATHER = {
  type: "function" as const,
  function: {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const CALL = { name: "weather", arguments: '{"city":"Oslo"}' };

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "vendor" }],
      models: [
        {
          id: "lab/gpt",
          provider_id: "vendor",
          upstream_name: "up",
          capabilities: ["tools", "json_schema"],
        },
      ],
    },
  });
  const sdk = () =>
    new OpenAI({ baseURL: `${gateway.home.url}/v1`, apiKey: gateway.home.key, maxRetries: 0 });
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

  test("chat: the answer, its usage and the request id", async () => {
    const completion = await sdk().chat.completions.create({
      model: "lab/gpt",
      messages: MESSAGES,
    });
    expect(completion.choices[0]?.message.content).toBe("Hello from upstream.");
    expect(completion.model).toBe("lab/gpt");
    expect(completion.usage?.total_tokens).toBe(21);
    expect(completion._request_id).toMatch(/^req_/);
  });

  test("chat with a virtual model and the decision in the answer", async () => {
    const asked = { model: "tokenhub/auto", messages: MESSAGES };
    const completion = await sdk().chat.completions.create(asked, {
      headers: { "x-tokenhub-policy": '{"include_decision":true}' },
    });
    expect(completion).toMatchObject({ tokenhub: { negotiated_model: "lab/gpt" } });
  });

  test("stream: every word, then the end; usage when it was asked for", async () => {
    const stream = await sdk().chat.completions.create({
      model: "lab/gpt",
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let totalTokens: number | undefined;
    for await (const chunk of stream) {
      expect(chunk.model).toBe("lab/gpt");
      text += chunk.choices[0]?.delta.content ?? "";
      totalTokens = chunk.usage?.total_tokens;
    }
    expect([text, totalTokens]).toEqual(["Hello from upstream.", 21]);
  });

  test("the decision's event does not disturb a stream", async () => {
    const stream = await sdk().chat.completions.create(
      { model: "lab/gpt", messages: MESSAGES, stream: true },
      { headers: { "x-tokenhub-policy": '{"include_decision":true}' } },
    );
    let text = "";
    for await (const chunk of stream) text += chunk.choices?.[0]?.delta.content ?? "";
    expect(text).toBe("Hello from upstream.");
  });

  test("stream helper: the final message is put together", async () => {
    const stream = sdk().chat.completions.stream({ model: "lab/gpt", messages: MESSAGES });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe("Hello from upstream.");
    expect(final.choices[0]?.finish_reason).toBe("stop");
  });

  test("tools: a call, and the answer to its result", async () => {
    const { chat } = sdk();
    const first = await chat.completions.create({
      model: "lab/gpt",
      messages: MESSAGES,
      tools: [WEATHER],
    });
    const message = first.choices[0]?.message;
    expect(message?.tool_calls).toMatchObject([{ type: "function", function: CALL }]);
    if (!message) return;
    const result = { role: "tool" as const, tool_call_id: "call_upstream", content: "rain" };
    const second = await chat.completions.create({
      model: "lab/gpt",
      messages: [...MESSAGES, message, result],
      tools: [WEATHER],
    });
    expect(second.choices[0]?.message.content).toBe("Hello from upstream.");
    expect(sent().messages).toHaveLength(3);
  });

  test("parallel tool calls stay apart", async () => {
    const calls = ["Oslo", "Bergen"].map((city, at) => ({
      id: `call_${at}`,
      type: "function",
      function: { name: "weather", arguments: JSON.stringify({ city }) },
    }));
    const message = { role: "assistant", content: null, tool_calls: calls };
    const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
    gateway.upstream.next({
      said: json(200, { id: "1", object: "chat.completion", created: 1, model: "up", choices }),
    });
    const completion = await sdk().chat.completions.create({
      model: "lab/gpt",
      messages: MESSAGES,
      tools: [WEATHER],
      parallel_tool_calls: true,
    });
    expect(completion.choices[0]?.message.tool_calls).toEqual(calls);
    expect(sent().parallel_tool_calls).toBe(true);
  });

  test("streamed tool calls come together from their deltas, parallel ones by index", async () => {
    const delta = (tool_calls: readonly object[]) => ({
      choices: [{ index: 0, delta: { tool_calls } }],
    });
    const opening = (index: number) => ({
      index,
      id: `call_${index}`,
      type: "function",
      function: { name: "weather", arguments: "" },
    });
    const part = (index: number, text: string) => ({ index, function: { arguments: text } });
    const finish = { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] };
    const role = { choices: [{ index: 0, delta: { role: "assistant", content: null } }] };
    const events = [
      role,
      delta([opening(0)]),
      delta([part(0, '{"city":')]),
      delta([opening(1)]),
      delta([part(1, '{"city":"Bergen"}'), part(0, '"Oslo"}')]),
      finish,
    ];
    const head = { id: "1", object: "chat.completion.chunk", created: 1, model: "up" };
    const frames = events.map((event) => `data: ${JSON.stringify({ ...head, ...event })}\n\n`);
    const bytes = new TextEncoder().encode(`${frames.join("")}data: [DONE]\n\n`);
    gateway.upstream.next({ pieces: [bytes.subarray(0, 333), bytes.subarray(333)] });
    const stream = sdk().chat.completions.stream({
      model: "lab/gpt",
      messages: MESSAGES,
      tools: [WEATHER],
    });
    const final = await stream.finalChatCompletion();
    const made = final.choices[0]?.message.tool_calls?.map((call) =>
      call.type === "function" ? call.function.arguments : call.type,
    );
    expect(made).toEqual(['{"city":"Oslo"}', '{"city":"Bergen"}']);
  });

  test("structured output is parsed by the SDK's own helper", async () => {
    const shape = z.object({ answer: z.string() });
    const completion = await sdk().chat.completions.parse({
      model: "lab/gpt",
      messages: MESSAGES,
      response_format: zodResponseFormat(shape, "answer"),
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ answer: "Hello from upstream." });
    expect(sent().response_format).toMatchObject({
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: { type: "object" } },
    });
  });

  test("models: the list and one of them, slash and all", async () => {
    const ids: string[] = [];
    for await (const { id } of sdk().models.list()) ids.push(id);
    expect(ids).toContain("lab/gpt");
    expect(ids).toContain("tokenhub/auto");
    expect(await sdk().models.retrieve("lab/gpt")).toMatchObject({
      id: "lab/gpt",
      object: "model",
    });
  });

  test("aborting ends the iteration without an answer", async () => {
    const word = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "One" } }] })}\n\n`;
    const pieces = [new TextEncoder().encode(word)];
    gateway.upstream.next({ pieces, fault: { kind: "stall", atByte: word.length } });
    const stream = await sdk().chat.completions.create({
      model: "lab/gpt",
      messages: MESSAGES,
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      stream.controller.abort();
    }
    expect(text).toBe("One");

    gateway.upstream.next({ fault: { kind: "silent" } });
    const controller = new AbortController();
    const arrived = gateway.upstream.arrived(gateway.upstream.requests.length);
    const asked = { model: "lab/gpt", messages: MESSAGES };
    const answer = sdk().chat.completions.create(asked, { signal: controller.signal });
    await arrived;
    controller.abort();
    await expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
  });
});
