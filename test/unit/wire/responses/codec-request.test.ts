import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Conversation } from "../../../../src/conversation.ts";
import { responsesCodec } from "../../../../src/wire/responses/codec.ts";
import { requestOf } from "../../../fakes/responses-codec.ts";

const { readConversation, writeConversation } = responsesCodec;
const TARGET = { upstreamName: "up", outputTokensMax: undefined, modelOutputTokensMax: undefined };

function read(body: Readonly<Record<string, unknown>>): Conversation {
  return readConversation(requestOf({ model: "m", ...body }));
}

function refusal(body: Readonly<Record<string, unknown>>): unknown {
  try {
    read(body);
  } catch (error) {
    const { code, param } = error as { code: string; param: string };
    return { code, param };
  }
  return undefined;
}

const CALL = { type: "function_call", call_id: "c1", name: "look", arguments: "{}" };

describe("a request of the Responses dialect", () => {
  it("has its instructions before all and a plain input as the user's turn", () => {
    expect(read({ instructions: "Be kind.", input: "Hi" }).turns).toEqual([
      { role: "system", parts: [{ kind: "text", text: "Be kind." }] },
      { role: "user", parts: [{ kind: "text", text: "Hi" }] },
    ]);
  });

  it("gathers what the assistant said and called to one turn, and the results to one of the user", () => {
    const { turns } = read({
      input: [
        { role: "user", content: "Hi" },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA", content: null },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "One moment." }],
        },
        CALL,
        { type: "custom_tool_call", call_id: "c2", name: "patch", input: "*** x" },
        {
          type: "function_call_output",
          call_id: "c1",
          output: [{ type: "input_text", text: "A" }],
        },
        { type: "custom_tool_call_output", call_id: "c2", output: "B" },
      ],
    });
    expect(turns.map(({ role, parts }) => [role, parts.map(({ kind }) => kind)])).toEqual([
      ["user", ["text"]],
      ["assistant", ["reasoning", "text", "call", "call"]],
      ["user", ["result", "result"]],
    ]);
    expect(turns[1]?.parts[0]).toEqual({
      kind: "reasoning",
      text: "",
      id: "rs_1",
      proof: { of: "responses", data: "gAAA" },
    });
  });

  it("tells a foreign proof from its own, and redacted reasoning from reasoning without words", () => {
    const sealed = { type: "reasoning", encrypted_content: "thk1.anthropic.sig" };
    const shown = { ...sealed, summary: [{ type: "summary_text", text: "" }] };
    const proof = { of: "anthropic", data: "sig" };
    expect(read({ input: [{ ...sealed, summary: [] }, shown] }).turns[0]?.parts).toEqual([
      { kind: "redacted", proof },
      { kind: "reasoning", text: "", proof },
    ]);
  });

  it("reads images and files by URL, by bytes and by id", () => {
    const { turns } = read({
      input: [
        {
          role: "user",
          content: [
            { type: "input_image", image_url: "https://x.test/a.png", detail: "low" },
            { type: "input_image", image_url: "data:image/png;base64,AAAA" },
            {
              type: "input_file",
              file_data: "data:application/pdf;base64,BBBB",
              filename: "b.pdf",
            },
            { type: "input_file", file_id: "file_1" },
            { type: "input_audio", input_audio: { data: "CCCC", format: "wav" } },
          ],
        },
      ],
    });
    expect(turns[0]?.parts).toEqual([
      { kind: "image", source: { by: "url", url: "https://x.test/a.png" }, detail: "low" },
      { kind: "image", source: { by: "base64", mediaType: "image/png", data: "AAAA" } },
      {
        kind: "document",
        source: { by: "base64", mediaType: "application/pdf", data: "BBBB" },
        title: "b.pdf",
      },
      { kind: "document", source: { by: "file", id: "file_1" } },
      { kind: "audio", format: "wav", data: "CCCC" },
    ]);
  });

  it("names every field that it does not understand", () => {
    const { unread } = read({
      input: [
        {
          role: "user",
          foo: 1,
          phase: null,
          content: [{ type: "input_text", text: "Hi", bar: 1 }],
        },
      ],
      tools: [{ type: "function", name: "f", parameters: {}, defer_loading: true }],
      include: ["reasoning.encrypted_content", "file_search_call.results"],
      truncation: "auto",
      store: false,
      client_metadata: { a: "b" },
      reasoning: { effort: "low", context: "all" },
    });
    expect([...unread].sort()).toEqual([
      "client_metadata",
      "include",
      "input.content.bar",
      "input.foo",
      "reasoning.context",
      "tools.defer_loading",
      "truncation",
    ]);
  });

  it.each([
    [
      { input: [{ ...CALL, type: "function_call_output", output: "" }] },
      "invalid_value",
      "input.0.call_id",
    ],
    [{ input: [{ type: "item_reference", id: "x" }] }, "unsupported_parameter", "input.0"],
    [{ input: [{ type: "web_search_call", id: "x" }] }, "unsupported_parameter", "input.0"],
    [{ input: [{ role: "wizard", content: "x" }] }, "invalid_value", "input.0.role"],
    [
      { input: [{ role: "user", content: [{ type: "hologram" }] }] },
      "unsupported_parameter",
      "input.0.content.0.type",
    ],
    [{ input: [{ role: "user", content: [null] }] }, "invalid_value", "input.0.content.0"],
    [
      { input: [CALL, { type: "function_call_output", call_id: "c1" }] },
      "invalid_value",
      "input.1.output",
    ],
    [{ input: "x", tools: [{ type: "function" }] }, "invalid_value", "tools.0.name"],
    [{ input: "x", tool_choice: { type: "web_search" } }, "unsupported_parameter", "tool_choice"],
    [
      { input: "x", text: { format: { type: "grammar" } } },
      "unsupported_parameter",
      "text.format.type",
    ],
    [
      { input: "x", text: { format: { type: "json_schema", name: "a" } } },
      "invalid_value",
      "text.format.schema",
    ],
    [{ input: "x", prompt: { id: "pmpt_1" } }, "unsupported_parameter", "prompt"],
    [{ input: "x", temperature: "hot" }, "invalid_value", "temperature"],
  ])("is refused by the path of the field: %j", (body, code, param) => {
    expect(refusal(body)).toEqual({ code, param });
  });

  it("is read completely when a coding agent of the field sends it", () => {
    const recorded = JSON.parse(
      readFileSync(
        new URL("../../../golden/responses/clients/codex.requests.json", import.meta.url),
        "utf8",
      ),
    ) as { body: Readonly<Record<string, unknown>> }[];
    const [first, second] = recorded.map(({ body }) => readConversation(requestOf(body)));
    expect(first?.unread).toEqual(["client_metadata", "tools.description"]);
    expect(first?.turns.map(({ role }) => role)).toEqual([
      "developer",
      "developer",
      "user",
      "user",
    ]);
    expect(first?.tools.filter((tool) => "namespace" in tool)).toHaveLength(5);
    expect(first?.tools.at(-1)).toEqual({ kind: "hosted", type: "web_search" });
    expect(first?.reasoning).toEqual({ effort: undefined, budgetTokens: undefined, shown: true });
    expect(second?.turns.slice(4).map(({ parts }) => parts.map(({ kind }) => kind))).toEqual([
      ["reasoning", "call"],
      ["result"],
    ]);
  });
});

describe("a conversation for a provider of the Responses dialect", () => {
  const base = read({ input: "Hi" });

  it("stores nothing and carries no more than was said", () => {
    expect(writeConversation(base, TARGET)).toEqual({
      model: "up",
      input: [{ type: "message", role: "user", content: "Hi" }],
      stream: false,
      store: false,
    });
  });

  it("asks for encrypted reasoning when reasoning is wanted or history has some of its own", () => {
    const reasoning = { effort: "high", budgetTokens: undefined, shown: undefined };
    const wanted = writeConversation({ ...base, reasoning }, TARGET);
    expect(wanted).toMatchObject({
      reasoning: { effort: "high" },
      include: ["reasoning.encrypted_content"],
    });
    const budget = { effort: undefined, budgetTokens: 20_000, shown: true };
    expect(writeConversation({ ...base, reasoning: budget }, TARGET).reasoning).toEqual({
      effort: "high",
      summary: "auto",
    });
  });

  it("leaves out reasoning that its provider cannot prove", () => {
    const own = { of: "responses", data: "gAAA" } as const;
    const foreign = { of: "anthropic", data: "sig" } as const;
    const body = writeConversation(
      {
        ...base,
        turns: [
          {
            role: "assistant",
            parts: [
              { kind: "reasoning", text: "Hm.", proof: own, id: "rs_1" },
              { kind: "reasoning", text: "Ha.", proof: foreign },
              { kind: "reasoning", text: "Ho." },
              { kind: "redacted", proof: foreign },
              { kind: "text", text: "Yes." },
            ],
          },
        ],
      },
      TARGET,
    );
    expect(body.include).toEqual(["reasoning.encrypted_content"]);
    expect(body.input).toEqual([
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "Hm." }],
        encrypted_content: "gAAA",
      },
      { type: "message", role: "assistant", content: "Yes." },
    ]);
  });

  it("never lets the cap rise above the client's own", () => {
    const output = { ...base.output, tokensMax: 50 };
    const cap = (outputTokensMax: number | undefined) =>
      writeConversation({ ...base, output }, { ...TARGET, outputTokensMax }).max_output_tokens;
    expect([cap(undefined), cap(20), cap(80)]).toEqual([50, 20, 50]);
  });

  it("gathers the functions of a namespace and switches strictness off where nobody asked for it", () => {
    const tools = [
      { kind: "function", name: "a", namespace: "n", schema: {} },
      { kind: "function", name: "b", schema: {}, strict: true },
      { kind: "function", name: "c", namespace: "n", schema: {} },
    ] as const;
    expect(writeConversation({ ...base, tools }, TARGET).tools).toMatchObject([
      { type: "namespace", name: "n", tools: [{ name: "a", strict: false }, { name: "c" }] },
      { type: "function", name: "b", strict: true },
    ]);
  });
});
