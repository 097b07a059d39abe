import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Part, Reply, ReplyEvent } from "../../../src/conversation.ts";
import { uniqueReply } from "../../../src/wire/call-ids.ts";
import { PIECE_CHARS_MAX, replayFrames } from "../../../src/wire/replay.ts";
import { createSseDecoder } from "../../../src/wire/sse.ts";
import { CHAT_WIRES } from "../../fakes/conversation-client.ts";
import { chatReplies } from "../../fakes/conversations.ts";
import { runs } from "../../fakes/long.ts";
import { replyOf } from "../../fakes/replies.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const UTF8 = new TextEncoder();
const LONG_MS = 120_000;
const SAID: Reply = {
  id: "r1",
  parts: [{ kind: "text", text: "Hello." }],
  finish: "stop",
  stopSequence: undefined,
  usage: {
    promptTokens: 20,
    completionTokens: 10,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  },
  logprobs: undefined,
};

/** Some texts so long that they come in pieces, with a pair of surrogates wherever a piece may end. */
const replies: fc.Arbitrary<Reply> = fc
  .tuple(chatReplies(), fc.constantFrom("", "x", "xy"), fc.constantFrom(0, 3_000, 9_000))
  .map(([reply, start, pairs]) => ({
    ...reply,
    parts: reply.parts.map((part): Part => {
      const isLong = pairs > 0 && (part.kind === "text" || part.kind === "refusal");
      return isLong ? { ...part, text: start + "😀".repeat(pairs) + part.text } : part;
    }),
  }));

/** An answer of Messages holds the input of a call as an object. */
function withInputs(reply: Reply): Reply {
  const parts = reply.parts.map((part): Part => {
    const isBroken = part.kind === "call" && !part.input.endsWith("}");
    return isBroken ? { ...part, input: "{}" } : part;
  });
  return { ...reply, parts };
}

describe.each(["openai", "anthropic", "responses"] as const)("an answer of %s", (dialect) => {
  const wire = CHAT_WIRES[dialect];
  const { codec } = wire;
  if (!codec) throw new Error(`${dialect} has no codec`);

  const sayable = dialect === "anthropic" ? replies.map(withInputs) : replies;
  const bodyOf = (reply: Reply) => JSON.stringify(codec.writeReply(reply, replyContext()));
  const replayed = (text: string, usageWanted = true) =>
    replayFrames(text, { wire, context: replyContext({ usageWanted }) });
  const eventsOf = (frames: string): ReplyEvent[] => {
    const reader = codec.createReader();
    const sent = createSseDecoder({ lineBytesMax: 1 << 20 }).push(UTF8.encode(frames));
    return sent.flatMap((event) => [...reader.push(event)]);
  };

  test("told as a stream says what it said whole", { timeout: LONG_MS }, () => {
    fc.assert(
      fc.property(sayable, (reply) => {
        const text = bodyOf(reply);
        const { frames, terminator } = replayed(text);
        expect(replyOf(eventsOf(frames + terminator))).toEqual(uniqueReply(codec.readReply(text)));
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  test("comes in bounded pieces, none of which splits a pair of surrogates", {
    timeout: LONG_MS,
  }, () => {
    fc.assert(
      fc.property(sayable, (reply) => {
        const { frames } = replayed(bodyOf(reply));
        for (const event of eventsOf(frames)) {
          if (!event.type.endsWith("-delta") || !("text" in event)) continue;
          expect(event.text.length).toBeLessThanOrEqual(PIECE_CHARS_MAX);
          expect(event.text.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: runs(50, 1_000) },
    );
  });

  test("a text of many pieces is told in as few as there can be", () => {
    const text = "a".repeat(PIECE_CHARS_MAX * 3);
    const { frames } = replayed(bodyOf({ ...SAID, parts: [{ kind: "text", text }] }));
    const deltas = eventsOf(frames).filter(({ type }) => type === "text-delta");
    expect(deltas.length).toBe(3);
  });

  test("only the terminator ends it, and frames of ours fit between the two", () => {
    const { frames, terminator } = replayed(bodyOf(SAID));
    expect(eventsOf(frames).map(({ type }) => type)).not.toContain("reply-end");
    expect(frames.endsWith("\n\n")).toBe(true);
    const events = eventsOf(`${frames}: a comment\n\n${terminator}`);
    expect(events.at(-1)?.type).toBe("reply-end");
    expect(replyOf(events).parts).toEqual(SAID.parts);
  });

  test("usage is told to a client that wants it, once and whole", () => {
    const { frames, terminator } = replayed(bodyOf(SAID));
    expect(replyOf(eventsOf(frames + terminator)).usage).toMatchObject({
      promptTokens: 20,
      completionTokens: 10,
    });
  });

  test("usage is hidden from a client that asked for none, where the dialect lets it ask", () => {
    const { frames, terminator } = replayed(bodyOf(SAID), false);
    const { usage } = replyOf(eventsOf(frames + terminator));
    if (dialect === "openai") expect(usage).toBeUndefined();
    else expect(usage).toMatchObject({ completionTokens: 10 });
  });

  test("the public model is named, not the provider's", () => {
    const text = bodyOf(SAID).replace('"public"', '"up/secret"');
    expect(text).toContain("up/secret");
    const { frames, terminator } = replayed(text);
    expect(frames).toContain('"public"');
    expect(frames + terminator).not.toContain("secret");
  });

  test.each(["", "{}", "[]", '{"error":{"message":"x"}}'])("%j is none", (text) => {
    expect(() => replayed(text)).toThrow(
      expect.objectContaining({ name: "AttemptFault", class: "transient" }),
    );
  });
});

test("a wire without a codec tells nothing as a stream", () => {
  const context = replyContext();
  expect(() => replayFrames("{}", { wire: { codec: undefined }, context })).toThrow(
    expect.objectContaining({ code: "internal" }),
  );
});
