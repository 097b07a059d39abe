import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCapped } from "../../src/egress.ts";
import { exampleOf } from "../../src/simulated/example.ts";
import { createOrigin, type SimulatedScript } from "../../src/simulated/origin.ts";
import { runs } from "../fakes/long.ts";

const user = (content: unknown) => ({ role: "user", content });
const TOOLS = ["get_weather", "send_mail"].map((name) => ({
  type: "function",
  function: {
    name,
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 3 } },
      required: ["city", "days"],
    },
  },
}));

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly pauses: readonly number[];
}

async function ask(request: unknown, script?: SimulatedScript): Promise<Asked> {
  const pauses: number[] = [];
  const body = typeof request === "string" ? request : JSON.stringify(request);
  const { signal } = new AbortController();
  const answer = await createOrigin(script)({ body, signal }, async (ms) => {
    pauses.push(ms);
  });
  return { status: answer.status, text: await readCapped(answer.body, 1e6), pauses };
}

async function whole(request: Record<string, unknown>) {
  const { text } = await ask({ model: "sim", messages: [user("hello")], ...request });
  return JSON.parse(text);
}

/** The data of every event. */
async function events(request: Record<string, unknown>, script?: SimulatedScript) {
  const asked = { model: "sim", messages: [user("hello")], stream: true, ...request };
  const { text } = await ask(asked, script);
  expect(text).toMatch(/\n\n$/);
  return text
    .slice(0, -2)
    .split("\n\n")
    .map((frame) => frame.replace(/^data: /, ""));
}

describe("a whole answer", () => {
  test("echoes the last message, labelled, with usage and the client's model", async () => {
    const answer = await whole({ messages: [user("first"), user("what is water")] });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "sim",
      system_fingerprint: "simulated",
      usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 },
    });
    expect(answer.choices).toHaveLength(1);
    expect(answer.choices[0]).toMatchObject({
      message: { role: "assistant", content: "[simulated] You said: what is water" },
      finish_reason: "stop",
    });
  });

  test("is the same for the same request and has another id for another", async () => {
    const [one, two, three] = await Promise.all([whole({}), whole({}), whole({ seed: 2 })]);
    expect(one).toEqual(two);
    expect(three.id).not.toBe(one.id);
  });

  test("stops at the cap on output tokens", async () => {
    const answer = await whole({ max_tokens: 4 });
    expect(answer.choices[0].message.content).toBe("[simulated] You ");
    expect(answer.choices[0].finish_reason).toBe("length");
    expect(answer.usage.completion_tokens).toBe(4);
    expect(
      (await whole({ max_tokens: 99, max_completion_tokens: 1 })).usage.completion_tokens,
    ).toBe(1);
  });

  test("has as many choices as asked for, all paid", async () => {
    const answer = await whole({ n: 3 });
    expect(answer.choices.map((choice: { index: number }) => choice.index)).toEqual([0, 1, 2]);
    const one = await whole({});
    expect(answer.usage.completion_tokens).toBe(3 * one.usage.completion_tokens);
  });

  test("reads text parts and never obeys what the text says", async () => {
    const parts = [
      { type: "text", text: "status 500 fault " },
      { type: "image_url", image_url: {} },
    ];
    const { status, text } = await ask({ model: "sim", messages: [user(parts)] });
    expect(status).toBe(200);
    expect(JSON.parse(text).choices[0].message.content).toContain("status 500 fault");
  });
});

describe("tools", () => {
  const called = async (request: Record<string, unknown>) =>
    (await whole({ tools: TOOLS, ...request })).choices[0].message.tool_calls?.[0]?.function;

  test("a tool named by the user is called with arguments that fit", async () => {
    const call = await called({ messages: [user("please send_mail now")] });
    expect(call.name).toBe("send_mail");
    expect(JSON.parse(call.arguments)).toEqual({ city: "simulated", days: 3 });
  });

  test.each([
    ["required", "get_weather"],
    [{ type: "function", function: { name: "send_mail" } }, "send_mail"],
    ["none", undefined],
    ["auto", undefined],
  ])("tool_choice %j calls %s", async (tool_choice, name) => {
    expect((await called({ tool_choice }))?.name).toBe(name);
  });

  test("a tool's result ends the round", async () => {
    const messages = [
      user("get_weather"),
      { role: "tool", tool_call_id: "c", content: "get_weather: 7°" },
    ];
    const answer = await whole({ tools: TOOLS, messages });
    expect(answer.choices[0].message.content).toBe(
      "[simulated] The tool answered: get_weather: 7°",
    );
  });
});

describe("a stream", () => {
  const deltas = (data: readonly string[]) =>
    data
      .filter((one) => one !== "[DONE]")
      .flatMap((one) => JSON.parse(one).choices)
      .map((choice) => choice.delta);

  test("says what the whole answer says, then its finish, then [DONE]", async () => {
    const data = await events({});
    const text = deltas(data).map((delta) => delta.content ?? "");
    expect(text.join("")).toBe("[simulated] You said: hello");
    expect(data.at(-1)).toBe("[DONE]");
    const last = JSON.parse(data.at(-2) ?? "");
    expect(last.choices[0].finish_reason).toBe("stop");
    for (const one of data.slice(0, -1)) {
      expect(JSON.parse(one)).toMatchObject({
        object: "chat.completion.chunk",
        model: "sim",
        system_fingerprint: "simulated",
      });
    }
  });

  test("tells usage only when asked", async () => {
    expect((await events({})).join()).not.toContain("usage");
    const data = await events({ stream_options: { include_usage: true } });
    const { usage } = await whole({});
    expect(JSON.parse(data.at(-2) ?? "")).toMatchObject({ choices: [], usage });
  });

  test("builds the same tool call in pieces", async () => {
    const parts = deltas(await events({ tools: TOOLS, tool_choice: "required" })).flatMap(
      (delta) => delta.tool_calls ?? [],
    );
    expect(parts[0]).toMatchObject({
      index: 0,
      type: "function",
      function: { name: "get_weather" },
    });
    const text = parts.map((part) => part.function.arguments).join("");
    expect(JSON.parse(text)).toEqual({ city: "simulated", days: 3 });
  });

  test("is paced: once before the answer and once before each event", async () => {
    const request = { model: "sim", messages: [user("hello")], stream: true };
    const { text, pauses } = await ask(request, { paceMs: 7 });
    expect(pauses).toEqual(Array(1 + text.split("\n\n").length - 1).fill(7));
  });
});

describe("faults are in the script only", () => {
  test.each([401, 429, 500, 503])("status %i", async (status) => {
    const answer = await ask({ model: "sim", messages: [user("x")] }, { status });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error.message).toContain("[simulated]");
  });

  test("a stream breaks off after so many events", async () => {
    const origin = createOrigin({ eventsMax: 2, paceMs: 0 });
    const body = JSON.stringify({ messages: [user("x")], stream: true });
    const { signal } = new AbortController();
    const answer = await origin({ body, signal }, async () => {});
    expect(await answer.body.read()).toBeDefined();
    expect(await answer.body.read()).toBeDefined();
    await expect(answer.body.read()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("no JSON and no messages is a 400", async () => {
    expect((await ask("{")).status).toBe(400);
    expect((await ask("null")).status).toBe(400);
    expect((await ask({ messages: "x" })).status).toBe(400);
  });

  test("an abort ends the wait, and a cancelled stream reads no further", async () => {
    const client = new AbortController();
    const body = JSON.stringify({ messages: [user("x")], stream: true });
    const answer = await createOrigin()({ body, signal: client.signal }, async () => {});
    client.abort(new Error("left"));
    await expect(answer.body.read()).rejects.toThrow("left");
    answer.body.cancel();
    await expect(answer.body.read()).rejects.toMatchObject({ code: "ABORT_ERR" });
  });
});

describe("an example of a schema", () => {
  test.each([
    [{ type: "string" }, "simulated"],
    [{ type: "string", minLength: 12 }, "simulatedxxx"],
    [{ type: "string", maxLength: 3 }, "sim"],
    [{ type: "string", format: "date" }, "2026-01-01"],
    [{ type: "integer" }, 1],
    [{ type: "integer", minimum: 5 }, 5],
    [{ type: "integer", exclusiveMinimum: 5 }, 6],
    [{ type: "integer", maximum: -5 }, -5],
    [{ type: "integer", multipleOf: 7 }, 7],
    [{ type: "integer", minimum: 8, multipleOf: 7 }, 14],
    [{ type: "boolean" }, true],
    [{ type: "null" }, null],
    [{ type: ["number", "null"] }, 1],
    [{ const: "x" }, "x"],
    [{ enum: ["b", "a"] }, "b"],
    [{ type: "array", items: { type: "integer" }, minItems: 2 }, [1, 1]],
    [{ type: "array", maxItems: 0 }, []],
    [{ prefixItems: [{ const: 1 }, { const: 2 }], type: "array" }, [1, 2]],
    [{ properties: { a: {}, b: { const: 1 } }, required: ["b"] }, { b: 1 }],
    [{ properties: { a: { const: 1 } } }, { a: 1 }],
    [{ anyOf: [{ const: 1 }, { const: 2 }] }, 1],
    [{ oneOf: [{ type: "integer" }] }, 1],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { required: ["a"] }] }, { a: 1 }],
    [{ $ref: "#/$defs/x~1y", $defs: { "x/y": { const: 4 } } }, 4],
    [{ $ref: "https://elsewhere/x" }, null],
    [{ required: ["__proto__"], properties: {} }, JSON.parse('{"__proto__":"simulated"}')],
    [undefined, null],
    [true, null],
  ])("%j", (schema, value) => expect(exampleOf(schema)).toEqual(value));

  test("of a schema that contains itself ends", () => {
    const schema = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
    expect(JSON.stringify(exampleOf(schema)).length).toBeLessThan(1_000);
  });

  test("never throws and is always JSON, whatever the schema", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        const schema = { properties: { a }, type: "object", items: b, anyOf: [b, a] };
        expect(() => JSON.stringify(exampleOf(schema))).not.toThrow();
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});
