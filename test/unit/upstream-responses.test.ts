/** The scripted upstream in Responses and embeddings: what it refuses, says, streams and remembers. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";

let upstream: Upstream;
let openai: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream({ models: { m: {} }, apiKey: "sk-1", threads: true });
  openai = new OpenAI({ apiKey: "sk-1", maxRetries: 0, baseURL: upstream.baseUrl });
});

afterAll(() => upstream.close());

async function post(path: string, body: object) {
  const response = await fetch(upstream.baseUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-1" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) };
}

const HI = { role: "user", content: "hi" };
const fn = { type: "function" as const, name: "get_weather", parameters: {}, strict: false };
const call = (call_id: string) => ({ type: "function_call", call_id, name: "f", arguments: "{}" });
const output = (call_id: string) => ({ type: "function_call_output", call_id, output: "sunny" });
const respond = (...input: object[]) => ({ model: "m", store: false, input });

describe("Responses is as strict as the vendor", () => {
  const good = [
    { ...respond(), input: "hi" },
    respond(HI, call("a"), call("b"), output("b"), output("a")),
    {
      ...respond({ type: "message", id: "msg_1", ...HI }),
      client_metadata: {},
      tools: [{ type: "web_search" }, fn],
    },
  ];
  test.each(good)("good %#", async (body) =>
    expect((await post("/responses", body)).status).toBe(200),
  );

  const bad: [string, object][] = [
    ["Unknown parameter", { ...respond(HI), foo: 1 }],
    ["'model'", { store: false, input: "hi" }],
    ["'input'", respond()],
    ["does not exist", { ...respond(HI), model: "other" }],
    ["'store'", { ...respond(HI), store: true }],
    ["not found", { ...respond(HI), previous_response_id: "resp_1" }],
    ["max_output_tokens", { ...respond(HI), max_output_tokens: 15 }],
    ["role", respond({ role: "tool", content: "x" })],
    ["No tool call found", respond(HI, output("a"))],
    [
      "No tool call found",
      respond(HI, call("a"), { ...output("a"), type: "custom_tool_call_output" }),
    ],
    ["No tool call found", respond(HI, call("a"), output("a"), output("a"))],
    ["No tool output found", respond(HI, call("a"))],
    ["call_id", respond(HI, { type: "function_call", name: "f", arguments: "{}" })],
    [
      "could not be verified",
      respond(HI, { type: "reasoning", id: "rs", summary: [], encrypted_content: "x" }, call("a")),
    ],
    [
      "not found in 'tools'",
      { ...respond(HI), tools: [fn], tool_choice: { type: "function", name: "x" } },
    ],
  ];
  test.each(bad)("%s", async (tells, body) => {
    const { status, json } = await post("/responses", body);
    expect([status, json().error.type]).toEqual([400, "invalid_request_error"]);
    expect(json().error.message).toContain(tells);
  });

  test("about a reasoning item that it was to keep", async () => {
    const item = { type: "reasoning", id: "rs_1", summary: [] };
    expect((await post("/responses", respond(HI, item, call("a"), output("a")))).status).toBe(404);
  });
});

describe("Responses to the official client", () => {
  test("reasoning and calls, whole and streamed alike; its history is taken back", async () => {
    const custom = { type: "custom" as const, name: "note" };
    const body = {
      model: "m",
      store: false,
      tools: [fn, custom],
      reasoning: { effort: "low" as const, summary: "auto" as const },
      include: ["reasoning.encrypted_content" as const],
    };
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "twice" }];
    const whole = await openai.responses.create({ ...body, input });
    const streamed = await openai.responses.stream({ ...body, input }).finalResponse();
    const kinds = ["reasoning", "function_call", "custom_tool_call"];
    for (const response of [whole, streamed]) {
      expect(response.output.map((item) => item.type)).toEqual(kinds);
      expect(response.usage).toMatchObject({
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 2, cache_write_tokens: 1 },
        output_tokens: 12,
      });
      const outputs = response.output.flatMap((item): OpenAI.Responses.ResponseInputItem[] => {
        if (item.type === "function_call")
          return [{ type: "function_call_output", call_id: item.call_id, output: "sun" }];
        if (item.type !== "custom_tool_call") return [];
        return [{ type: "custom_tool_call_output", call_id: item.call_id, output: "sun" }];
      });
      const history = [...input, ...response.output, ...outputs] as OpenAI.Responses.ResponseInput;
      const next = await openai.responses.create({ ...body, input: history });
      expect(next.output_text).toBe("Hello from upstream.");
    }
  });

  test("text streams as its deltas, numbered without a gap, to its end", async () => {
    const stream = await openai.responses.create({ model: "m", input: "hi", stream: true });
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const text = events.map((event) =>
      event.type === "response.output_text.delta" ? event.delta : "",
    );
    expect(text.join("")).toBe("Hello from upstream.");
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  test("a function of a namespace is called with it, JSON is said where a format is asked for", async () => {
    const tools = [{ type: "namespace", name: "agents", description: "", tools: [fn] }];
    expect((await post("/responses", { ...respond(HI), tools })).json().output).toMatchObject([
      { type: "function_call", name: "get_weather", namespace: "agents" },
    ]);
    const text = { format: { type: "json_object" } };
    const said = (await post("/responses", { ...respond(HI), text })).json();
    expect(said.output[0].content[0].text).toBe('{"answer":"Hello from upstream."}');
  });
});

describe("embeddings", () => {
  test("floats and base64 say the same", async () => {
    const body = { model: "m", input: ["a", "b"], dimensions: 3 };
    const floats = (await post("/embeddings", { ...body, encoding_format: "float" })).json();
    expect(floats.data[1]).toEqual({ object: "embedding", index: 1, embedding: [2, 1, 0.5] });
    const decoded = await openai.embeddings.create(body);
    expect(decoded.data.map((one) => Array.from(one.embedding))).toEqual(
      floats.data.map((one: { embedding: number[] }) => one.embedding),
    );
  });

  test.each([
    { input: [] },
    { input: "" },
    { input: ["a", ""] },
    { foo: 1 },
    { encoding_format: "hex" },
  ])("%j is refused", async (wrong) => {
    expect((await post("/embeddings", { model: "m", input: "a", ...wrong })).status).toBe(400);
  });
});
