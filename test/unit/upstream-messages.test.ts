/** The scripted upstream in Messages: what it refuses, says, streams and remembers. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";
import { MESSAGES_REFUSALS } from "../fakes/upstream-messages.ts";

let upstream: Upstream;
let anthropic: Anthropic;

beforeAll(async () => {
  upstream = await startUpstream({ models: { m: {} }, apiKey: "sk-1", threads: true });
  anthropic = new Anthropic({
    apiKey: "sk-1",
    maxRetries: 0,
    baseURL: upstream.baseUrl.replace(/\/v1$/, ""),
  });
});

afterAll(() => upstream.close());

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(upstream.baseUrl + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer sk-1",
      "anthropic-version": "2026-10-21",
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) };
}

const user = (content: unknown) => ({ role: "user", content });
const assistant = (...content: object[]) => ({ role: "assistant", content });
const ask = (...messages: object[]) => ({ model: "m", max_tokens: 2_000, messages });
const HI = user("hi");
const TOOL = { name: "get_weather", input_schema: { type: "object" as const, properties: {} } };
const use = (id: string) => ({ type: "tool_use", id, name: "get_weather", input: {} });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "sunny" });
const THINKING = { type: "enabled", budget_tokens: 1_024 } as const;

describe("Messages is as strict as the vendor", () => {
  const good = [
    ask(HI),
    ask(HI, { role: "system", content: "s" }, assistant(use("a")), user([result("a")])),
    ask(
      HI,
      assistant(use("a"), use("b")),
      user([result("b"), result("a"), { type: "text", text: "x" }]),
    ),
    { ...ask(HI), thinking: THINKING, tools: [TOOL], tool_choice: { type: "auto" } },
    { ...ask(HI), temperature: 0.1, stop_sequences: ["x"] },
  ];
  test.each(good)("good %#", async (body) =>
    expect((await post("/messages", body)).status).toBe(200),
  );

  const bad: [string, object][] = [
    ["foo: Extra", { ...ask(HI), foo: 1 }],
    ["context_management: Extra", { ...ask(HI), context_management: {} }],
    ["thread: Extra", { ...ask(HI), thread: { type: "create" } }],
    ["max_tokens: Field", { model: "m", messages: [HI] }],
    ["max_tokens: Input", { ...ask(HI), max_tokens: 0 }],
    ["at least one", ask()],
    ["messages.1.role", ask(HI, { role: "tool", content: "x" })],
    ["first message", ask(assistant(use("a")))],
    ["non-empty content", ask(user([]))],
    ["text content blocks", ask(user(""))],
    ["text content blocks", ask(user([{ type: "text", text: "" }]))],
    ["without `tool_result`", ask(HI, assistant(use("a")))],
    ["without `tool_result`", ask(HI, assistant(use("a"), use("b")), user([result("a")]))],
    ["without `tool_result`", ask(HI, assistant(use("a")), HI, user([result("a")]))],
    [
      "without `tool_result`",
      ask(HI, assistant(use("a")), user([{ type: "text", text: "x" }, result("a")])),
    ],
    ["unexpected `tool_use_id`", ask(user([result("a")]))],
    ["unexpected `tool_use_id`", ask(HI, assistant(use("a")), user([result("a"), result("a")]))],
    ["must be unique", ask(HI, assistant(use("a"), use("a")), user([result("a")]))],
    ["should match pattern", ask(HI, assistant(use("a b")), user([result("a b")]))],
    ["valid dictionary", ask(HI, assistant({ ...use("a"), input: "{}" }), user([result("a")]))],
    [
      "Invalid `signature`",
      ask(HI, assistant({ type: "thinking", thinking: "t", signature: "s" }), HI),
    ],
    ["Invalid `data`", ask(HI, assistant({ type: "redacted_thinking", data: "s" }), HI)],
    ["not expected", ask(user([use("a")]))],
    [
      "forces tool use",
      { ...ask(HI), thinking: THINKING, tools: [TOOL], tool_choice: { type: "any" } },
    ],
    ["equal to 1024", { ...ask(HI), thinking: { type: "enabled", budget_tokens: 1_023 } }],
    ["must be greater", { ...ask(HI), max_tokens: 1_024, thinking: THINKING }],
    ["temperature", { ...ask(HI), thinking: THINKING, temperature: 0.5 }],
    [
      "Expected `thinking`",
      { ...ask(HI, assistant(use("a")), user([result("a")])), thinking: THINKING },
    ],
    ["trailing whitespace", ask(HI, { role: "assistant", content: "x " })],
    ["providing tools", { ...ask(HI), tool_choice: { type: "auto" } }],
    [
      "not found in provided",
      { ...ask(HI), tools: [TOOL], tool_choice: { type: "tool", name: "x" } },
    ],
    ["input_schema", { ...ask(HI), tools: [{ name: "x" }] }],
    [
      "maximum of 4",
      ask(
        user(
          Array.from({ length: 5 }, () => ({
            type: "text",
            text: "x",
            cache_control: { type: "ephemeral" },
          })),
        ),
      ),
    ],
  ];
  test.each(bad)("%s", async (tells, body) => {
    const { status, json } = await post("/messages", body);
    expect([status, json().error.type]).toEqual([400, "invalid_request_error"]);
    expect(json().error.message).toContain(tells);
  });

  test("about version, key, model and method", async () => {
    const headers = { "content-type": "application/json", authorization: "Bearer sk-1" };
    const init = { method: "POST", headers, body: JSON.stringify(ask(HI)) };
    expect((await fetch(`${upstream.baseUrl}/messages`, init)).status).toBe(400);
    expect((await post("/messages", ask(HI), { authorization: "Bearer x" })).status).toBe(401);
    const named = { authorization: "", "x-api-key": "sk-1" };
    expect((await post("/messages?beta=true", ask(HI), named)).status).toBe(200);
    expect((await post("/messages", { ...ask(HI), model: "other" })).status).toBe(404);
  });
});

describe("Messages to the official client", () => {
  const params = { model: "m", max_tokens: 2_000, tools: [TOOL, { ...TOOL, name: "other" }] };

  test("thinking and two calls, whole and streamed alike; its history is taken back, altered it is not", async () => {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "twice, please" }];
    const body = { ...params, thinking: THINKING, messages };
    const whole = await anthropic.messages.create(body);
    const streamed = await anthropic.messages.stream(body).finalMessage();
    const kinds = (message: Anthropic.Message) => message.content.map((block) => block.type);
    expect(kinds(whole)).toEqual(["thinking", "tool_use", "tool_use"]);
    expect(kinds(streamed)).toEqual(kinds(whole));
    expect(streamed.usage).toMatchObject({
      input_tokens: 6,
      cache_read_input_tokens: 2,
      cache_creation_input_tokens: 1,
      output_tokens: 12,
    });
    expect(streamed.stop_reason).toBe("tool_use");
    for (const { content } of [whole, streamed]) {
      const calls = content.filter((block) => block.type === "tool_use");
      expect(calls.map((block) => block.input)).toEqual([{ city: "Oslo" }, { city: "Oslo" }]);
      const results = calls.map(({ id }) => ({
        type: "tool_result" as const,
        tool_use_id: id,
        content: "sun",
      }));
      const next = [
        ...messages,
        { role: "assistant" as const, content },
        { role: "user" as const, content: results },
      ];
      const answer = await anthropic.messages.create({ ...body, messages: next });
      expect(answer.content.at(-1)).toMatchObject({ type: "text", text: "Hello from upstream." });
      const [thinking, ...rest] = content;
      const altered = [{ ...thinking, thinking: "changed" } as Anthropic.ThinkingBlock, ...rest];
      next[1] = { role: "assistant", content: altered };
      await expect(anthropic.messages.create({ ...body, messages: next })).rejects.toThrow(
        "signature",
      );
    }
  });

  test("one call where parallel use is disabled, JSON where a format is asked for, a count", async () => {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "twice" }];
    const tool_choice = { type: "auto" as const, disable_parallel_tool_use: true };
    expect(
      (await anthropic.messages.create({ ...params, messages, tool_choice })).content,
    ).toHaveLength(1);
    const format = { type: "json_schema" as const, schema: {} };
    const said = await anthropic.messages.create({
      model: "m",
      max_tokens: 9,
      messages,
      output_config: { format },
    });
    expect(said.content).toMatchObject([{ text: '{"answer":"Hello from upstream."}' }]);
    expect(await anthropic.messages.countTokens({ model: "m", messages })).toEqual({
      input_tokens: 9,
    });
  });

  test("a thread goes on from the message that it is named by, an unknown one is not found", async () => {
    const beta = { "anthropic-beta": "message-threads-2026-08-12" };
    const created = await post(
      "/messages",
      { ...ask(HI), tools: [TOOL], thread: { type: "create" } },
      beta,
    );
    const { id, content } = created.json();
    const thread = { type: "continue", previous_message_id: id };
    const next = { ...ask(user([result(content[0].id)])), tools: [TOOL], thread };
    expect((await post("/messages", next, beta)).json().content[0].text).toBe(
      "Hello from upstream.",
    );
    const lost = { ...next, thread: { ...thread, previous_message_id: "msg_x" } };
    const { status, json } = await post("/messages", lost, beta);
    expect(status).toBe(404);
    expect(json().error).toMatchObject({
      type: "not_found_error",
      details: { error_code: "thread_not_found" },
    });
  });

  test("without the option a thread is refused as unsupported", async () => {
    const other = await startUpstream({ models: { m: {} } });
    const response = await fetch(`${other.baseUrl}/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "message-threads-2026-08-12",
      },
      body: JSON.stringify({ ...ask(HI), thread: { type: "create" } }),
    });
    expect(await response.text()).toContain('"error_code":"thread_unsupported_request"');
    await other.close();
  });

  test("refusals are raised as the client's own errors, a failing stream too", async () => {
    const body = {
      model: "m",
      max_tokens: 9,
      messages: [{ role: "user" as const, content: "hi" }],
    };
    upstream.next({ said: MESSAGES_REFUSALS.rateLimited });
    await expect(anthropic.messages.create(body)).rejects.toBeInstanceOf(Anthropic.RateLimitError);
    upstream.next({ fault: { kind: "error-event", afterEvents: 4 } });
    await expect(anthropic.messages.stream(body).finalMessage()).rejects.toThrow(
      "Internal failure",
    );
  });
});
