import fc from "fast-check";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import type { Part, Reply } from "../../../../src/conversation.ts";
import { responsesCodec } from "../../../../src/wire/responses/codec.ts";
import { createSseDecoder } from "../../../../src/wire/sse.ts";
import { runs } from "../../../fakes/long.ts";
import { eventsOf, replyOf } from "../../../fakes/replies.ts";
import { contextOf, eventsIn } from "../../../fakes/responses-codec.ts";

const USAGE = {
  promptTokens: 20,
  completionTokens: 9,
  cachedTokens: 4,
  cacheWriteTokens: 1,
  reasoningTokens: 3,
};

function replyWith(parts: readonly Part[], more: Partial<Reply> = {}): Reply {
  const finish = parts.some(({ kind }) => kind === "call") ? "calls" : "stop";
  const base = {
    id: "resp_1",
    parts,
    finish,
    stopSequence: undefined,
    logprobs: undefined,
  } as const;
  return { ...base, usage: USAGE, ...more };
}

const EVERYTHING: readonly Part[] = [
  { kind: "reasoning", text: "Hm, well.", proof: { of: "anthropic", data: "sig" } },
  { kind: "redacted", proof: { of: "anthropic", data: "zzz" } },
  { kind: "reasoning", text: "", proof: { of: "anthropic", data: "omitted" } },
  {
    kind: "text",
    text: "Look 🌍:",
    citations: [{ url: "https://x.test/", title: "X", start: 0, end: 4 }],
  },
  { kind: "text", text: "two" },
  { kind: "refusal", text: "No." },
  { kind: "call", id: "call_1", name: "f", input: '{"a":1}', custom: false },
  { kind: "call", id: "call_2", name: "g", namespace: "n", input: "", custom: false },
  { kind: "call", id: "call_3", name: "patch", input: "*** Begin", custom: true },
  { kind: "text", text: "Done." },
];

function stream(reply: Reply, pieceChars?: number): string {
  const writer = responsesCodec.createWriter(contextOf());
  const pieces = pieceChars === undefined ? {} : { pieceChars };
  return eventsOf(reply, pieces)
    .map((event) => writer.write(event))
    .join("");
}

function written(text: string): Record<string, unknown>[] {
  const decoder = createSseDecoder({ lineBytesMax: 1 << 20 });
  return decoder.push(new TextEncoder().encode(text)).map(({ data }) => JSON.parse(data));
}

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const word = fc.stringMatching(/^[a-z]{1,6}$/);
const proof = fc.record({ of: fc.constantFrom("anthropic", "openai", "responses"), data: word });
const partArbitrary: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("text"), text }),
  fc.record({ kind: fc.constant("refusal"), text }),
  fc.record({ kind: fc.constant("reasoning"), text, proof }),
  fc.record({ kind: fc.constant("reasoning"), text }),
  word.map((data) => ({ kind: "redacted", proof: { of: "anthropic", data } }) as const),
  fc.record({
    kind: fc.constant("call"),
    id: word,
    name: word,
    input: text.map((value) => JSON.stringify({ value })),
    custom: fc.boolean(),
  }),
);
const replyArbitrary = fc
  .array(partArbitrary, { maxLength: 6 })
  .chain((parts) => fc.constantFrom(replyWith(parts), replyWith(parts, { finish: "length" })));

/** Without what only the stream knows: ids of items. */
function plain(reply: Reply): unknown {
  const parts = reply.parts.map((part) =>
    part.kind === "reasoning" ? { ...part, id: undefined } : part,
  );
  return { ...reply, parts };
}

describe("a stream written in the Responses dialect", () => {
  it("has the whole lifecycle, numbered from 0", () => {
    const events = written(stream(replyWith(EVERYTHING)));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
    expect(events.map(({ type }) => type).slice(0, 8)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
    ]);
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  it("ends with the very answer that is written as a whole", () => {
    const reply = replyWith(EVERYTHING);
    const context = contextOf({
      instructions: "Be kind.",
      temperature: 0.5,
      tools: [{ type: "x" }],
    });
    const writer = responsesCodec.createWriter(context);
    const last = written(
      eventsOf(reply)
        .map((event) => writer.write(event))
        .join(""),
    ).at(-1);
    const whole = responsesCodec.writeReply(
      reply,
      contextOf({ instructions: "Be kind.", temperature: 0.5, tools: [{ type: "x" }] }),
    );
    expect(last?.response).toEqual(JSON.parse(JSON.stringify(whole)));
    expect(whole).toMatchObject({
      id: "resp_1",
      object: "response",
      created_at: 1_795_350_396,
      status: "completed",
      model: "public/model",
      instructions: "Be kind.",
      temperature: 0.5,
      tools: [{ type: "x" }],
      store: false,
      usage: { input_tokens: 20, output_tokens: 9, total_tokens: 29 },
    });
  });

  it("is one frame of the dialect's success marker at the end, and nothing else", () => {
    const writer = responsesCodec.createWriter(contextOf());
    const frames = eventsOf(replyWith(EVERYTHING)).map((event) => writer.write(event));
    expect(written(frames.at(-1) ?? "").map(({ type }) => type)).toEqual(["response.completed"]);
  });

  it("tells a cut answer as incomplete, down to the item in which it was cut", () => {
    const call: Part = { kind: "call", id: "c", name: "f", input: "{", custom: false };
    const reply = replyWith([{ kind: "text", text: "Hi" }, call], { finish: "length" });
    const last = written(stream(reply)).at(-1);
    expect(last).toMatchObject({
      type: "response.incomplete",
      response: {
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output: [{ status: "completed" }, { status: "incomplete", arguments: "{" }],
      },
    });
  });

  it("takes an id of its own where the provider's is not one of this dialect", () => {
    const [first] = written(stream(replyWith([], { id: "msg_01" })));
    expect(first?.response).toMatchObject({ id: "resp_1", status: "in_progress", usage: null });
  });

  it("says after reading what was said before writing", () => {
    const { parts, ...rest } = replyOf(eventsIn(stream(replyWith(EVERYTHING), 2)));
    expect(rest).toEqual({ ...rest, finish: "calls", usage: USAGE });
    const expected = EVERYTHING.map((part) =>
      part.kind === "call" && part.input === "" ? { ...part, input: "{}" } : part,
    );
    expect(plain({ ...rest, parts })).toMatchObject({ parts: expected });
  });

  it("is read as the same answer, whatever it says and however its bytes are cut", () => {
    const bounds = { numRuns: runs(60, 5000) };
    const sizes = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(replyArbitrary, sizes, sizes, (reply, pieceChars, chunkBytes) => {
        const back = replyOf(eventsIn(stream(reply, pieceChars), chunkBytes));
        expect(plain(back)).toEqual(plain(reply));
        const body = responsesCodec.writeReply(reply, contextOf());
        expect(plain(responsesCodec.readReply(JSON.stringify(body)))).toEqual(plain(reply));
      }),
      bounds,
    );
  });

  it("is accepted by the official client, whose final response is the whole answer", async () => {
    const reply = replyWith(EVERYTHING);
    const client = new OpenAI({
      apiKey: "k",
      maxRetries: 0,
      fetch: async () =>
        new Response(stream(reply, 3), { headers: { "content-type": "text/event-stream" } }),
    });
    const final = await client.responses.stream({ model: "m", input: "Hi" }).finalResponse();
    const whole = responsesCodec.writeReply(reply, contextOf());
    expect(final.output).toMatchObject(JSON.parse(JSON.stringify(whole.output)));
    expect(final.output_text).toBe("Look 🌍:twoDone.");
    expect(final.usage).toEqual(whole.usage);
  });
});
