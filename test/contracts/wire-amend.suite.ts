/** What the amendment of every dialect must hold, whatever the client sent. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import type { Amendment } from "../../src/wire/amendment.ts";
import type { ChatRequest } from "../../src/wire/chat-request.ts";
import { assertStripped } from "../../src/wire/directives.ts";
import { parseDocument } from "../../src/wire/json.ts";
import { asked, CHAT_WIRES, read } from "../fakes/conversation-client.ts";
import type { ChatDialect } from "../fakes/conversation-script.ts";
import { conversationsWith, rowsOf } from "../fakes/conversation-ways.ts";
import { SPECIMENS } from "../fakes/field-specimens.ts";
import { runs } from "../fakes/long.ts";
import {
  cappedTokens,
  clientTurns,
  hasCalls,
  IDLE,
  INSTRUCTION,
  leadingParts,
  schemaOf,
  TASK,
} from "./amend-expected.ts";

const UTF8 = new TextEncoder();
const LONG_MS = 300_000;
const SCHEMA = {
  type: "object",
  properties: { score: { type: "number" } },
  required: ["score"],
  additionalProperties: false,
};
const BLOCK = "@@tokenhub\nmode=cheap\n@@end";

const amendments: fc.Arbitrary<Amendment> = fc.record({
  instruction: fc.constantFrom(undefined, "", INSTRUCTION),
  task: fc.constantFrom(undefined, "", TASK),
  tools: fc.boolean(),
  stream: fc.boolean(),
  outputTokensMax: fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: undefined }),
  format: fc.constantFrom<Amendment["format"]>("own", "none", { name: "verdict", schema: SCHEMA }),
});

/** The contract for one dialect. */
export function wireAmendSuite(dialect: ChatDialect): void {
  const wire = CHAT_WIRES[dialect];
  const { amend } = wire;
  if (!amend) throw new Error(`${dialect} is never asked in stages`);

  const requestOf = (text: string) => wire.readRequest(parseDocument(UTF8.encode(text), LIMITS));
  const isResponses = dialect === "responses";
  const said = isResponses ? "input" : "messages";
  const least = {
    model: "m",
    ...(dialect === "anthropic" && { max_tokens: 2_000 }),
    [said]: [{ role: "user", content: "Hi" }],
  };
  const bodyOf = (members: object) => requestOf(JSON.stringify({ ...least, ...members }));
  const idleFor = ({ facts }: ChatRequest): Amendment => ({ ...IDLE, stream: facts.stream });

  function expectAmended(request: ChatRequest, amendment: Amendment): void {
    const { text, value } = request.document;
    const before = { text, value: structuredClone(value), facts: structuredClone(request.facts) };
    const amended = amend?.(request, amendment) ?? request;
    const { document, facts } = request;
    expect({ text: document.text, value: document.value, facts }).toEqual(before);

    const again = wire.readRequest(parseDocument(UTF8.encode(amended.document.text), LIMITS));
    expect(again.facts).toEqual(amended.facts);
    expect(again.document.value).toEqual(amended.document.value);
    expect(amended.target).toBe(request.target);
    expect(amended.facts.stream).toBe(amendment.stream);
    expect(amended.facts.outputTokensMax).toBe(cappedTokens(facts.outputTokensMax, amendment));
    expectConversation(request, amended, amendment);
  }

  function expectConversation(request: ChatRequest, amended: ChatRequest, given: Amendment): void {
    const own = read(request, dialect);
    const got = read(amended, dialect);
    expect(clientTurns(got)).toEqual(own.turns);
    if (given.task) expect(got.turns.at(-1)?.parts.at(-1)).toEqual({ kind: "text", text: TASK });
    if (given.instruction) {
      const last = leadingParts(got).at(-1);
      expect(last?.kind === "text" && last.text.endsWith(INSTRUCTION)).toBe(true);
    }
    if (given.tools) expect([got.tools, got.toolChoice]).toEqual([own.tools, own.toolChoice]);
    else if (!hasCalls(own)) expect([got.tools, got.toolChoice]).toEqual([[], undefined]);
    else if (own.tools.length > 0) expect(got.toolChoice).toEqual({ kind: "none" });
    const { format } = given;
    if (format === "own") expect(got.output.format).toEqual(own.output.format);
    else if (format === "none") expect(got.output.format).toBeUndefined();
    else expect(schemaOf(got.output.format)).toEqual(format.schema);
    if (format !== "own") expect(got.output.stop).toEqual([]);
    for (const key of ["target", "user", "cacheKey", "metadata", "serviceTier"] as const) {
      expect(got[key]).toEqual(own[key]);
    }
  }

  describe("nothing to change", () => {
    test("an idle amendment gives back the very same request", () => {
      for (const members of Object.values(SPECIMENS[dialect])) {
        const request = bodyOf(members);
        expect(amend(request, idleFor(request))).toBe(request);
      }
    });

    test("empty texts, and texts that are nothing but a directive, are nothing to change", () => {
      const request = bodyOf({});
      for (const text of ["", BLOCK]) {
        expect(amend(request, { ...IDLE, instruction: text, task: text })).toBe(request);
      }
    });

    test("a cap at or above the client's own is nothing to change", () => {
      const cap = isResponses ? { max_output_tokens: 100 } : { max_tokens: 100 };
      const request = bodyOf(cap);
      for (const outputTokensMax of [100, 101]) {
        expect(amend(request, { ...IDLE, outputTokensMax })).toBe(request);
      }
    });
  });

  test.each(Object.entries(SPECIMENS[dialect]))("holds for %s", (_, members) => {
    const request = bodyOf(members);
    fc.assert(
      fc.property(amendments, (amendment) => expectAmended(request, amendment)),
      { numRuns: runs(20, 500) },
    );
  });

  test("holds for whatever a client says", { timeout: LONG_MS }, () => {
    const way = { from: dialect, to: dialect };
    const rows = rowsOf(way);
    for (const row of rows) {
      fc.assert(
        fc.property(conversationsWith(row, way), amendments, (conversation, amendment) =>
          expectAmended(asked(conversation, dialect), amendment),
        ),
        { numRuns: Math.ceil(runs(400, 10_000) / rows.length) },
      );
    }
  });

  test("unknown fields, big integers and spacing survive, in the turn that the task joins too", () => {
    const block = isResponses ? "input_text" : "text";
    const turn = `{"x_turn" : 12345678901234567890,"role":"user","content":[ {"type":"${block}","text":"h\\u00e9","x":98765432109876543210} ]}`;
    const form = isResponses ? "text" : "output_config";
    const cap = dialect === "anthropic" ? '"max_tokens":2000,' : "";
    const text = `{ "x_tag":11111111111111111111,"model" : "m",${cap}"${form}":{"x_form":22222222222222222222},"${said}":[ ${turn}, ${turn} ],"stream":true}`;
    const format = { name: "verdict", schema: SCHEMA };
    const given = { ...IDLE, instruction: INSTRUCTION, task: TASK, outputTokensMax: 7, format };
    const { document } = amend(requestOf(text), given);
    expect(document.text).toContain(turn);
    for (const [piece, count] of [
      ['{ "x_tag":11111111111111111111,"model" : "m"', 1],
      ['"x_form":22222222222222222222', 1],
      ['"x_turn" : 12345678901234567890', 2],
      ['"text":"h\\u00e9","x":98765432109876543210', 2],
    ] as const) {
      expect([piece, document.text.split(piece).length - 1]).toEqual([piece, count]);
    }
  });

  test("a body that repeats a key is amended by what it means", () => {
    const text = JSON.stringify(least).replace("{", '{"model":"old",');
    const amended = amend(requestOf(text), { ...IDLE, task: TASK });
    expect(amended.target).toBe("m");
    expect(read(amended, dialect).turns.at(-1)?.parts.at(-1)).toEqual({ kind: "text", text: TASK });
  });

  test("facts are counted anew: the texts, the tools that go, the schema that comes", () => {
    const tool = { name: "look", input_schema: SCHEMA, parameters: SCHEMA };
    const tools = dialect === "openai" ? [{ type: "function", function: tool }] : [tool];
    const request = bodyOf({ tools: isResponses ? [{ type: "function", ...tool }] : tools });
    const format = { name: "verdict", schema: SCHEMA };
    const silent = amend(request, { ...IDLE, tools: false, format });
    expect(request.facts.needs).toEqual(["tools"]);
    expect(silent.facts.needs).toEqual(["json_schema"]);
    expect(silent.facts.promptTokens).toBeLessThan(request.facts.promptTokens);
    const longer = amend(request, { ...IDLE, task: "word ".repeat(100) });
    expect(longer.facts.promptTokens).toBeGreaterThan(request.facts.promptTokens + 50);
  });

  test("no directive in a model's words is left in what is sent, whatever the words", () => {
    const line = fc.constantFrom(
      ...["@@tokenhub", "@@TokenHub ", "@@end", "mode=cheap", "weight=9", "", "words"],
      ...["@@tokenhub mode=cheap", "\t@@tokenhub budget=1", '@@tokenhub hint="a b"'],
    );
    const texts = fc
      .array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { maxLength: 12 })
      .map((lines) => lines.flat().join(""));
    const system = isResponses ? "instructions" : "system";
    fc.assert(
      fc.property(texts, texts, texts, (instruction, task, own) => {
        // A lone marker of the client's stays where it is, and ours must not make a directive of it.
        const alone = own.replaceAll(/@@end|@@tokenhub[^\r\n]+/g, "-");
        const request = bodyOf(dialect === "openai" ? {} : { [system]: alone });
        const amended = amend(request, { ...IDLE, instruction, task });
        const body = wire.writeRequest(amended, { upstreamName: "m", outputTokensMax: 9 });
        expect(() => assertStripped(body, dialect)).not.toThrow();
      }),
      { numRuns: runs(300, 10_000) },
    );
  });

  test("the words around a directive stay", () => {
    const task = `before\n${BLOCK}\nafter`;
    const amended = amend(bodyOf({}), { ...IDLE, instruction: `Do.\n${BLOCK}`, task });
    const { turns } = read(amended, dialect);
    expect(turns.at(-1)?.parts.at(-1)).toEqual({ kind: "text", text: "before\nafter" });
    expect(amended.document.text).not.toContain("@@");
    expect(amended.document.text).toContain("Do.");
  });

  test("half a surrogate pair in a model's words is no invalid request", () => {
    const amended = amend(bodyOf({}), { ...IDLE, task: "\ud83d!" });
    expect(read(amended, dialect).turns.at(-1)?.parts.at(-1)).toMatchObject({ text: "\ufffd!" });
  });
}
