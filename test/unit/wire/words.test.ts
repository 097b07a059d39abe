import { describe, expect, test } from "vitest";
import type { Reply } from "../../../src/conversation.ts";
import { answerText, lastUserText } from "../../../src/wire/words.ts";
import { CHAT_WIRES, received } from "../../fakes/conversation-client.ts";
import type { ChatDialect } from "../../fakes/conversation-script.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const DIALECTS = ["openai", "anthropic", "responses"] as const satisfies readonly ChatDialect[];

function lastOf(dialect: ChatDialect, turns: unknown): string {
  const said = dialect === "responses" ? "input" : "messages";
  const cap = dialect === "anthropic" ? { max_tokens: 9 } : {};
  return lastUserText(received(JSON.stringify({ model: "m", ...cap, [said]: turns }), dialect));
}

describe.each(DIALECTS)("the last words of the user in %s", (dialect) => {
  const type = dialect === "responses" ? "input_text" : "text";

  test("are those of the last turn of the user, whoever speaks after it", () => {
    const turns = [
      { role: "user", content: "First." },
      { role: "assistant", content: "Well." },
      { role: "user", content: "Last." },
      { role: "assistant", content: "It is" },
    ];
    expect(lastOf(dialect, turns)).toBe("Last.");
  });

  test("are its text parts joined by lines, whatever stands beside them", () => {
    const content = [
      { type, text: "One." },
      { type: "image", text: "no" },
      { type, text: "Two." },
    ];
    expect(lastOf(dialect, [{ role: "user", content }])).toBe("One.\nTwo.");
  });

  test("are not in a turn that says no text", () => {
    const turns = [
      { role: "user", content: "Asked." },
      { role: "user", content: [] },
      { role: "user", content: "" },
      { role: "user", content: [{ type: "image" }] },
    ];
    expect(lastOf(dialect, turns)).toBe("Asked.");
  });

  test("are none where nobody asks", () => {
    expect(lastOf(dialect, [{ role: "assistant", content: "Well." }])).toBe("");
  });
});

test("an input of one string is the user's last words", () => {
  expect(lastOf("responses", "Hi.")).toBe("Hi.");
});

test("items that are no messages hold no words of the user", () => {
  const output = { type: "function_call_output", call_id: "c", output: "sunny" };
  expect(lastOf("responses", [{ role: "user", content: "Weather?" }, output])).toBe("Weather?");
});

test("what tools answered holds no words of the user", () => {
  const content = [{ type: "tool_result", tool_use_id: "c", content: "sunny" }];
  const turns = [
    { role: "user", content: "Weather?" },
    { role: "user", content },
  ];
  expect(lastOf("anthropic", turns)).toBe("Weather?");
  const tool = { role: "tool", tool_call_id: "c", content: "sunny" };
  expect(lastOf("openai", [{ role: "user", content: "Weather?" }, tool])).toBe("Weather?");
});

describe.each(DIALECTS)("an answer of %s", (dialect) => {
  const wire = CHAT_WIRES[dialect];
  const said = (parts: Reply["parts"]) => {
    const reply: Reply = {
      id: "r",
      parts,
      finish: "stop",
      stopSequence: undefined,
      usage: undefined,
      logprobs: undefined,
    };
    return answerText(JSON.stringify(wire.codec?.writeReply(reply, replyContext())), wire);
  };

  test("says its texts, and not what it thought", () => {
    const parts = [
      { kind: "reasoning", text: "Hm." },
      { kind: "text", text: "Yes." },
    ] as const;
    expect(said(parts)).toEqual({ text: "Yes.", isOpaque: false });
  });

  test("is opaque when it calls a tool", () => {
    const call = { kind: "call", id: "c", name: "look", input: "{}", custom: false } as const;
    expect(said([{ kind: "text", text: "Let me see." }, call])).toEqual({
      text: "Let me see.",
      isOpaque: true,
    });
  });

  test("says nothing when it refuses", () => {
    // Messages has no refusal apart from its words.
    const text = dialect === "anthropic" ? "No." : "";
    expect(said([{ kind: "refusal", text: "No." }])).toEqual({ text, isOpaque: false });
  });

  test("is none of another shape", () => {
    expect(() => answerText("{}", wire)).toThrow(
      expect.objectContaining({ name: "AttemptFault", class: "transient" }),
    );
  });
});

test("a wire without a codec has no words", () => {
  expect(() => answerText("{}", { codec: undefined })).toThrow(
    expect.objectContaining({ code: "internal" }),
  );
});
