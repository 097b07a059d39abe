import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";
import { generateStream } from "../fakes/upstream-stream.ts";

let upstream: Upstream;
const GOOD = { model: "gpt-test", messages: [{ role: "user", content: "hi" }] };
const CALL = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
const CALLED = { role: "assistant", content: null, tool_calls: [CALL, { ...CALL, id: "b" }] };
const RESULT = { role: "tool", tool_call_id: "a", content: "x" };
const turns = (...messages: object[]) => ({ ...GOOD, messages: [...GOOD.messages, ...messages] });

beforeAll(async () => {
  const models = { "gpt-test": {}, broken: { said: REFUSALS.serverError } };
  upstream = await startUpstream({ models, apiKey: "sk-1", contextTokens: 512 });
});

afterAll(() => upstream.close());

async function post(body: object | string, authorization = "Bearer sk-1") {
  const response = await fetch(`${upstream.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

describe("the scripted upstream is as strict as the vendor", () => {
  test.each([
    [{ ...GOOD, tokenhub: {} }, 400],
    [{ ...GOOD, policy: {} }, 400],
    [{ ...GOOD, model: "other" }, 404],
    [{ messages: GOOD.messages }, 400],
    [{ model: "gpt-test" }, 400],
    [{ ...GOOD, messages: [] }, 400],
    [{ ...GOOD, messages: [{ role: "wizard", content: "x" }] }, 400],
    [{ ...GOOD, stream: "yes" }, 400],
    [{ ...GOOD, stream_options: { include_usage: true } }, 400],
    [{ ...GOOD, max_tokens: 0 }, 400],
    [{ ...GOOD, max_tokens: "many" }, 400],
    ["{", 400],
    ["[]", 400],
    [{ ...GOOD, max_tokens: 5, temperature: 0.1, user: "u" }, 200],
    [turns(CALLED), 400],
    [turns(CALLED, RESULT), 400],
    [turns(CALLED, RESULT, ...GOOD.messages, { ...RESULT, tool_call_id: "b" }), 400],
    [turns(RESULT), 400],
    [turns(CALLED, RESULT, RESULT), 400],
    [turns({ role: "assistant", content: null }), 400],
    [turns({ role: "assistant", content: "x", tool_calls: [] }), 400],
    [{ ...GOOD, tools: [] }, 400],
    [{ ...GOOD, tools: [{ type: "function", function: { name: "a b" } }] }, 400],
    [{ ...GOOD, tool_choice: "auto" }, 400],
    [turns(CALLED, { ...RESULT, tool_call_id: "b" }, RESULT), 200],
  ])("%j: %i", async (body, status) => expect((await post(body)).status).toBe(status));

  test("about its key", async () => {
    expect((await post(GOOD, "Bearer sk-2")).status).toBe(401);
  });
});

test("a queued script answers one request, a model's script every one", async () => {
  upstream.next({ said: REFUSALS.rateLimited });
  expect((await post(GOOD)).status).toBe(429);
  expect((await post(GOOD)).status).toBe(200);
  for (let at = 0; at < 2; at += 1) {
    expect((await post({ ...GOOD, model: "broken" })).status).toBe(500);
  }
});

test("it streams text, calls tools, and tells usage when asked", async () => {
  const said = (await post({ ...GOOD, stream: true, stream_options: { include_usage: true } }))
    .text;
  expect(said).toMatch(/"usage":.*\n\ndata: \[DONE\]\n\n$/);
  const tools = [{ type: "function", function: { name: "get_weather" } }];
  expect((await post({ ...GOOD, tools })).text).toContain('"finish_reason":"tool_calls"');
});

test("it calls two tools at once when told so and allowed, custom ones with free text", async () => {
  const tools = [
    { type: "function", function: { name: "f" } },
    { type: "custom", custom: { name: "c" } },
  ];
  const body = { ...GOOD, messages: [{ role: "user", content: "twice" }], tools };
  const calls = JSON.parse((await post(body)).text).choices[0].message.tool_calls;
  expect(calls).toMatchObject([{ function: { name: "f" } }, { custom: { input: "city Oslo" } }]);
  const single = JSON.parse((await post({ ...body, parallel_tool_calls: false })).text);
  expect(single.choices[0].message.tool_calls).toHaveLength(1);
  expect((await post({ ...body, stream: true })).text).toContain('{"index":1,"custom":{"input":');
});

test("a generated stream is the same for the same seed, and says what it claims", () => {
  const seen = { reasoning: 0, tools: 0, crlf: 0, cut: 0 };
  for (let seed = 0; seed < 60; seed += 1) {
    const made = generateStream(seed);
    expect(generateStream(seed)).toEqual(made);
    expect(Buffer.concat(made.pieces).toString()).toBe(made.frames.join(""));
    const deltas = made.frames
      .filter((frame) => frame.startsWith("data: {"))
      .flatMap((frame) => JSON.parse(frame.slice(6)).choices)
      .map((choice) => choice.delta);
    expect(deltas.map((delta) => delta.content ?? "").join("")).toBe(made.text);
    for (const [index, call] of made.calls.entries()) {
      const parts = deltas.flatMap((delta) => delta.tool_calls ?? []);
      const own = parts.filter((part) => part.index === index);
      expect(own.map((part) => part.function.arguments).join("")).toBe(call.arguments);
    }
    if (made.reasoning) seen.reasoning += 1;
    if (made.calls.length > 0) seen.tools += 1;
    if (made.frames[0]?.endsWith("\r\n")) seen.crlf += 1;
    if (made.pieces.length > made.frames.length) seen.cut += 1;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
});
