import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TokenhubError } from "../../../../src/errors.ts";
import { responsesCodec } from "../../../../src/wire/responses/codec.ts";
import { runs } from "../../../fakes/long.ts";
import { eventsIn, requestOf, sse } from "../../../fakes/responses-codec.ts";

const { readConversation } = responsesCodec;

const NAMES = [
  "type",
  "role",
  "content",
  "text",
  "call_id",
  "name",
  "arguments",
  "output",
  "summary",
  "tools",
  "input",
  "encrypted_content",
  "image_url",
  "file_data",
  "annotations",
  "item",
  "part",
  "delta",
  "output_index",
  "content_index",
  "item_id",
  "response",
  "status",
  "error",
  "__proto__",
] as const;
const VALUES = [
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "reasoning",
  "user",
  "assistant",
  "input_text",
  "output_text",
  "input_image",
  "input_file",
  "refusal",
  "namespace",
  "function",
  "allowed_tools",
  "json_schema",
  "url_citation",
  "c1",
  null,
  0,
  1,
  -1,
  true,
] as const;
const { hostile } = fc.letrec<{ hostile: unknown; list: unknown; object: unknown }>((tie) => ({
  hostile: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(...VALUES),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("hostile"), { maxLength: 4 }),
  object: fc
    .array(fc.tuple(fc.constantFrom(...NAMES), tie("hostile")), { maxLength: 6 })
    .map((members) =>
      JSON.parse(
        `{${members.map(([name, value]) => `"${name}":${JSON.stringify(value)}`).join()}}`,
      ),
    ),
}));

const EVENT_TYPES = [
  "created",
  "output_item.added",
  "output_item.done",
  "content_part.added",
  "content_part.done",
  "output_text.delta",
  "output_text.done",
  "output_text.annotation.added",
  "refusal.delta",
  "refusal.done",
  "reasoning_summary_part.added",
  "reasoning_summary_text.delta",
  "reasoning_text.delta",
  "function_call_arguments.delta",
  "function_call_arguments.done",
  "custom_tool_call_input.delta",
  "completed",
  "incomplete",
] as const;
const items = fc.record({
  type: fc.constantFrom("message", "function_call", "custom_tool_call", "reasoning", "mcp_call"),
  id: fc.constantFrom("a", "b", undefined),
  call_id: fc.constantFrom("c1", "c2"),
  name: fc.constantFrom("f", undefined, 1),
  arguments: fc.constantFrom("", "{}"),
  content: fc.constantFrom(undefined, [{ type: "output_text", text: "x" }]),
  encrypted_content: fc.constantFrom(undefined, "g", "thk1.anthropic.x"),
});
const mutated = fc.record(
  {
    type: fc.constantFrom(...EVENT_TYPES).map((type) => `response.${type}`),
    output_index: fc.nat(2),
    content_index: fc.nat(1),
    item_id: fc.constantFrom("a", "b"),
    item: fc.oneof(items, hostile),
    part: fc.constantFrom({ type: "output_text", text: "" }, { type: "refusal" }, null),
    delta: fc.constantFrom("x", "", 1),
    text: fc.constantFrom("x", "xyz"),
    annotation: fc.constantFrom({ type: "url_citation", url: "u" }, null),
    response: fc.oneof(hostile, fc.record({ output: fc.array(items, { maxLength: 2 }) })),
  },
  { requiredKeys: ["type"] },
);

describe("hostile JSON of the Responses dialect", () => {
  it("is a conversation or a refusal with a path, never a crash", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (input, tools, more) => {
        const body = { input, tools, tool_choice: more, text: { format: more }, reasoning: more };
        try {
          readConversation(requestOf(body));
        } catch (error) {
          expect(error).toBeInstanceOf(TokenhubError);
          expect((error as TokenhubError).param).toBeTruthy();
        }
      }),
      { numRuns: runs(500, 50_000) },
    );
  });

  it("keeps the order of parts in every stream that is not given up", () => {
    fc.assert(
      fc.property(fc.array(mutated, { maxLength: 12 }), (told) => {
        const events = eventsIn(sse(...told, { type: "response.completed", response: {} }));
        const open = new Map<number, string>();
        let parts = 0;
        for (const event of events) {
          if (event.type === "part-start") {
            expect(event.index).toBe(parts++);
            const kinds = [...open.values(), event.part.kind];
            if (kinds.length > 1) expect(new Set(kinds)).toEqual(new Set(["call"]));
            open.set(event.index, event.part.kind);
          } else if (event.type === "part-end") expect(open.delete(event.index)).toBe(true);
          else if ("index" in event) expect(open.has(event.index)).toBe(true);
          else if (event.type === "reply-finish") expect(open.size).toBe(0);
        }
        expect(
          events.slice(0, -1).some(({ type }) => type === "reply-end" || type === "reply-fail"),
        ).toBe(false);
        expect(["reply-end", "reply-fail"]).toContain(events.at(-1)?.type);
      }),
      { numRuns: runs(1000, 100_000) },
    );
  });
});
