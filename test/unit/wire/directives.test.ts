import { describe, expect, test } from "vitest";
import type { Dialect } from "../../../src/chat.ts";
import { directiveKeys } from "../../../src/directive-keys.ts";
import { orchestrationSchema } from "../../../src/orchestration.ts";
import { policySchema } from "../../../src/policy.ts";
import { assertStripped, type Inband, readDirectives } from "../../../src/wire/directives.ts";
import { parseDocument } from "../../../src/wire/json.ts";

const KEYS = directiveKeys(policySchema(["cheap", "normal"]), orchestrationSchema(["vote"]));
const B = "@@tokenhub\nmode=cheap\nbudget=0.05\n@@end\n";
const U = "@@tokenhub mode=vote budget=0.5\n";

function readText(text: string, dialect: Dialect, inband: Inband = "user") {
  const document = parseDocument(new TextEncoder().encode(text), { jsonDepthMax: 64 });
  return { before: document, ...readDirectives(document, { dialect, inband, keys: KEYS }) };
}
const read = (body: object, dialect: Dialect, inband: Inband = "user") =>
  readText(JSON.stringify(body), dialect, inband);
const system = (content: unknown) => ({ role: "system", content });
const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const chat = (...messages: object[]) => ({ messages });

describe("who may direct", () => {
  const both = chat(system(`${B}s`), user(`${U}old`), assistant(B), user(`${U}q`));

  test("system and the last user message: the stricter number, the user's mode", () => {
    expect(read(both, "openai").directives).toEqual({
      state: "applied",
      policy: { max_budget_usd: 0.05 },
      orchestration: { mode: "vote" },
      modelHint: undefined,
      unknown: [],
      stripped: 3,
    });
  });

  test("`system` leaves the user out, `off` everybody; all is removed anyway", () => {
    const narrow = read(both, "openai", "system");
    expect(narrow.directives).toMatchObject({ state: "applied", policy: { mode: "cheap" } });
    const off = read(both, "openai", "off");
    expect(off.directives).toMatchObject({ state: "ignored", policy: undefined, stripped: 3 });
    expect(off.document.value).toEqual(chat(system("s"), user("old"), assistant(B), user("q")));
  });

  test("an earlier user message, or one that is not first, directs nothing", () => {
    expect(read(chat(user(B), user("q")), "openai").directives.state).toBe("ignored");
    expect(read(chat(user(`x\n${B}`)), "openai").directives.state).toBe("ignored");
  });

  test("what is malformed is refused only where it is honoured", () => {
    const bad = chat(user("@@tokenhub\nbudget=nope\n@@end\nq"));
    const refusal = expect.objectContaining({ code: "invalid_directive" });
    expect(() => read(bad, "openai")).toThrow(refusal);
    expect(read(bad, "openai", "off").document.value).toEqual(chat(user("q")));
    const lone = chat(user("@@tokenhub\nq"));
    expect(() => read(lone, "openai")).toThrow(refusal);
    const untouched = read(lone, "openai", "off");
    expect(untouched.document).toBe(untouched.before);
  });

  test("at most sixteen plain words of unknown keys are told", () => {
    const words = Array.from({ length: 20 }, (_, at) => `k${at}=1`).join(" ");
    const { directives } = read(chat(user(`@@tokenhub a.b=1 ${words}`)), "openai");
    expect(directives).toMatchObject({ state: "ignored", stripped: 1 });
    expect(directives.unknown).toHaveLength(16);
    expect(directives.unknown).not.toContain("a.b");
  });
});

describe("where text of people stands", () => {
  const image = { type: "image_url", image_url: { url: "x" } };
  const result = { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: B }] };
  const thinking = { type: "thinking", thinking: B, signature: "s" };
  const paper = { type: "document", source: { type: "text", media_type: "text/plain", data: B } };
  const block = (text: string) => ({ type: "text", text });
  const input = (text: string) => ({ type: "input_text", text });

  test.each<[string, Dialect, object, object]>([
    [
      "parts, tools and answers",
      "openai",
      chat(user([block(B), image, block(`${B}x`)]), { role: "tool", content: B }, assistant(B)),
      chat(user([image, block("x")]), { role: "tool", content: B }, assistant(B)),
    ],
    [
      "a developer",
      "openai",
      chat({ role: "developer", content: B }),
      chat({ role: "developer", content: "" }),
    ],
    [
      "system blocks, results, documents and thinking",
      "anthropic",
      {
        system: [block(`${B}s`)],
        ...chat(user([result, paper, block(`${B}q`)]), assistant([thinking])),
      },
      { system: [block("s")], ...chat(user([result, paper, block("q")]), assistant([thinking])) },
    ],
    ["a system text", "anthropic", { system: `${B}s` }, { system: "s" }],
    [
      "instructions and items",
      "responses",
      {
        instructions: `${B}i`,
        input: [
          user([input(`${B}q`)]),
          { type: "message", role: "assistant", content: [{ type: "output_text", text: B }] },
          { type: "function_call_output", call_id: "c", output: B },
          { type: "reasoning", summary: [{ type: "summary_text", text: B }] },
        ],
      },
      {
        instructions: "i",
        input: [
          user([input("q")]),
          { type: "message", role: "assistant", content: [{ type: "output_text", text: B }] },
          { type: "function_call_output", call_id: "c", output: B },
          { type: "reasoning", summary: [{ type: "summary_text", text: B }] },
        ],
      },
    ],
    ["one input", "responses", { input: `${B}q` }, { input: "q" }],
  ])("%s of %s", (_, dialect, body, rest) => {
    const { document, directives, suspect } = read(body, dialect);
    expect(document.value).toEqual(rest);
    expect(directives).toMatchObject({ state: "applied", policy: { mode: "cheap" } });
    expect(suspect).toBe(true);
    expect(() => assertStripped(document.text, dialect)).not.toThrow();
    expect(() => assertStripped(JSON.stringify(body), dialect)).toThrow(
      expect.objectContaining({ code: "strip_invariant" }),
    );
  });

  test("inputs of embeddings are stripped and direct nothing", () => {
    const { document, directives } = read({ input: [`${B}a`, "b"] }, "embeddings");
    expect(document.value).toEqual({ input: ["a", "b"] });
    expect(directives).toMatchObject({ state: "ignored", policy: undefined, stripped: 1 });
  });

  test("results of tools alone are no message of the user", () => {
    const { directives } = read(chat(user(`${B}q`), assistant([]), user([result])), "anthropic");
    expect(directives.state).toBe("applied");
  });

  test("a directive split over parts is none", () => {
    const parts = ["x\n@@tokenhub\nmode=cheap", "@@end\n"].map(block);
    const { document, before } = read(chat(user(parts)), "openai");
    expect(document).toBe(before);
  });
});

describe("bytes", () => {
  test("a request without markers is the very same document", () => {
    const { document, before, directives, suspect } = read(chat(user("hi @@ -1 +1 @@")), "openai");
    expect(document).toBe(before);
    expect([directives.state, suspect]).toEqual(["none", undefined]);
  });

  test.each(["\\u0040@tokenhub n=2", "@\\u0040TOKENHUB n=2", "@@\\u0074okenhub n=2"])(
    "%s in JSON's escapes is found",
    (line) => {
      const { document } = readText(
        `{"messages":[{"role":"user","content":"${line}\\nq"}]}`,
        "openai",
      );
      expect(document.value).toEqual(chat(user("q")));
    },
  );

  test.each([0, 20_000])("messages and fields beside keep their bytes (%i characters)", (chars) => {
    const kept = `{ "role":"user", "x":12345678901234567890, "content":"\\u0041${"a".repeat(chars)}" }`;
    const text = `{"seed" : 12345678901234567890, "messages":[ ${kept} ,{"role":"user","content":${JSON.stringify(`${B}q`)}}]}`;
    expect(readText(text, "openai").document.text).toBe(
      `{"seed" : 12345678901234567890, "messages":[${kept},{"role":"user","content":"q"}]}`,
    );
  });
});
