/** Rows of the table about tools, each with the conversations that have it. */
import fc from "fast-check";
import type { Tool, ToolChoice } from "../../src/conversation.ts";
import { functions, objects, type Script, words } from "./conversation-script.ts";
import { calling, offering, put, type Spice, wishing } from "./conversation-spice.ts";
import { papers, pictures } from "./conversation-spices-content.ts";

const hosted = fc
  .constantFrom("web_search", "code_interpreter")
  .map((type): Tool => ({ kind: "hosted", type }));
/** No function of the scripts has such a name. */
const freeNames = fc.constantFrom("patch", "shell!");
const grammar = fc.record({
  type: fc.constant("grammar"),
  syntax: fc.constantFrom("lark", "regex"),
  definition: words,
});
const custom = fc.record({
  kind: fc.constant("custom" as const),
  name: freeNames,
  description: fc.option(words, { nil: undefined }),
});
const spaces = fc.constantFrom("mcp", "mcp__files", "Ü");
const asText = (call: { readonly name: string; readonly input: string }) => ({
  kind: "call" as const,
  id: "",
  custom: true,
  ...call,
});

const choosing = (script: Script, toolChoice: ToolChoice) =>
  wishing(() => ({ toolChoice }))(script);

/** Name of the row → how it comes into a conversation. */
export const TOOL_SPICES: Readonly<Record<string, Spice>> = {
  "function tool": put(functions, offering),
  "strictness of a function": put(fc.tuple(functions, fc.boolean()), (script, [tool, strict]) =>
    offering(script, { ...tool, strict }),
  ),
  "custom tool": put(custom, offering),
  "format of a custom tool": put(
    fc.tuple(custom, fc.oneof(grammar, fc.constant({ type: "text" }))),
    (script, [tool, format]) => offering(script, { ...tool, format }),
  ),
  "namespace of tools": (way) =>
    fc.oneof(
      put(fc.tuple(functions, spaces), (script, [tool, namespace]) =>
        offering(script, { ...tool, namespace }),
      )(way),
      calling(spaces, ({ call, result }, namespace) => ({ call: { ...call, namespace }, result }))(
        way,
      ),
    ),
  "tool that runs at the provider": put(hosted, offering),
  "choice of tools: auto, none, required": put(
    fc.tuple(functions, fc.constantFrom("auto", "none", "required")),
    (script, [tool, kind]) => choosing(offering(script, tool), { kind }),
  ),
  "choice of one tool": put(fc.oneof(functions, functions), (script, tool) =>
    choosing(offering(script, tool), { kind: "tool", name: tool.name }),
  ),
  "choice of some tools": put(
    fc.tuple(fc.tuple(functions, fc.boolean()), custom, fc.boolean()),
    (script, [[tool, isBoth], free, required]) => {
      const names = isBoth ? [tool.name, free.name] : [tool.name];
      return choosing(offering(offering(script, free), tool), { kind: "allowed", names, required });
    },
  ),
  "choice of a tool that runs at the provider": put(hosted, (script, tool) =>
    wishing(() => ({ tools: [tool], toolChoice: { kind: "required" } }))(script),
  ),
  "forced call beside reasoning": put(functions, (script, tool) => {
    const wishes = wishing(() => ({ reasoning: HIGH }));
    return wishes(choosing(offering(withRoom(script), tool), { kind: "required" }));
  }),
  "parallel calls": put(fc.tuple(functions, fc.boolean()), (script, [tool, parallelCalls]) =>
    wishing(() => ({ parallelCalls }))(offering(script, tool)),
  ),
  call: calling(fc.constant({}), (called) => called),
  "call of a custom tool": calling(
    fc.record({ name: freeNames, input: words }),
    ({ result }, call) => ({ call: asText(call), result: { ...result, custom: true } }),
  ),
  result: calling(fc.constant({}), (called) => called),
  "result of a custom tool": calling(
    fc.record({ name: freeNames, input: objects.map((value) => JSON.stringify(value)) }),
    ({ result }, call) => ({ call: asText(call), result: { ...result, custom: true } }),
  ),
  "image in a result": calling(pictures, ({ call, result }, part) => ({
    call,
    result: { ...result, parts: [...result.parts, part] },
  })),
  "document in a result": calling(papers, ({ call, result }, part) => ({
    call,
    result: { ...result, parts: [part, ...result.parts] },
  })),
  "result that is an error": calling(fc.constant(true), ({ call, result }, isError) => ({
    call,
    result: { ...result, isError },
  })),
};

/** A wish to think, which every dialect can be told. */
export const HIGH = { effort: "high", budgetTokens: undefined, shown: undefined } as const;

/** The script where a provider of Messages would think: the cap leaves room, and no call waits for its thoughts. */
export function withRoom(script: Script): Script {
  const exchanges = script.exchanges.map((exchange) => ({ ...exchange, calls: [] }));
  const output = { ...script.wishes.output, tokensMax: 9_000 };
  return wishing(() => ({ output }))({ ...script, exchanges });
}
