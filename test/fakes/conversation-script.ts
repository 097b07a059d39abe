/** A conversation before its turns are laid out as a dialect reads them. */
import fc from "fast-check";
import type {
  CallPart,
  Conversation,
  FunctionTool,
  Part,
  ResultPart,
  Turn,
} from "../../src/conversation.ts";
import { conversation } from "./conversation.ts";

/** The dialects that are translated. */
export type ChatDialect = "openai" | "anthropic" | "responses";

/** A call and what the tool said; their ids are given when the turns are laid out. */
export interface Called {
  readonly call: CallPart;
  readonly result: ResultPart;
}

/** What one side asks and the other answers. */
export interface Exchange {
  /** Name of the one who asks; only Chat has it. */
  readonly name?: string;
  readonly asked: readonly Part[];
  readonly thoughts: readonly Part[];
  /** Texts and a refusal. */
  readonly said: readonly Part[];
  readonly calls: readonly Called[];
}

/** What is said, and all wishes that go with it. */
export interface Script {
  readonly system: readonly Part[];
  readonly developer: readonly Part[];
  /** At least one. */
  readonly exchanges: readonly Exchange[];
  /** A system turn behind the last question but one of the user. */
  readonly late: readonly Part[];
  /** The user's last word. */
  readonly ending: readonly Part[];
  /** Everything but the turns. */
  readonly wishes: Conversation;
}

const EVERYDAY = fc.string({ unit: "grapheme", maxLength: 8 });
const NASTY = fc.constantFrom(
  "__proto__",
  "data: x\n\nevent: y",
  "[DONE]",
  '"}',
  "\u2028",
  "thk1.",
);

/** A text with a visible end, which no dialect may trim. */
export const words = fc.oneof(EVERYDAY, NASTY).map((text) => `${text}.`);
/** A JSON object, as it comes out of its text: without a negative zero. */
export const objects = fc
  .dictionary(EVERYDAY, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })
  .map((value): Readonly<Record<string, unknown>> => JSON.parse(JSON.stringify(value)));
/** Bytes in base64. */
export const bytes = fc.base64String({ minLength: 4, maxLength: 12 });
/** The schema of a tool or an answer. */
export const schemas = objects.map((members) => ({ ...members, type: "object" }));

const text = words.map((said): Part => ({ kind: "text", text: said }));
const names = fc.constantFrom("look", "sum", "find-it", "Größe", "n".repeat(70));

/** A plain call that is answered with a text. */
export const calls: fc.Arbitrary<Called> = fc
  .record({ name: names, input: objects, result: fc.array(text, { minLength: 1, maxLength: 2 }) })
  .map(({ name, input, result }) => ({
    call: { kind: "call", id: "", name, input: JSON.stringify(input), custom: false },
    result: { kind: "result", callId: "", parts: result, isError: false, custom: false },
  }));

/** A function that everybody can be told. */
export const functions: fc.Arbitrary<FunctionTool> = fc.record({
  kind: fc.constant("function" as const),
  name: names,
  description: fc.option(words, { nil: undefined }),
  schema: schemas,
});

const exchanges = fc.record({
  asked: fc.array(text, { minLength: 1, maxLength: 2 }),
  thoughts: fc.constant([]),
  said: fc.array(text, { minLength: 1, maxLength: 2 }),
  calls: fc.array(calls, { maxLength: 2 }),
});

/** What every dialect can say, and no more: texts, calls, results and functions. */
export const plainScripts: fc.Arbitrary<Script> = fc
  .record({
    exchanges: fc.array(exchanges, { minLength: 1, maxLength: 3 }),
    ending: fc.array(text, { minLength: 1, maxLength: 2 }),
    tools: fc.uniqueArray(functions, { maxLength: 2, selector: ({ name }) => name }),
    stream: fc.boolean(),
  })
  .map(({ tools, stream, ...said }) => ({
    ...said,
    system: [],
    developer: [],
    late: [],
    wishes: conversation({ target: "m", tools, stream, usageWanted: true }),
  }));

/** The conversation in the form in which a reader of this dialect gives it. */
export function layOut(script: Script, dialect: ChatDialect): Conversation {
  const { system, developer, late, ending, wishes } = script;
  const turns: Turn[] = [];
  const add = (turn: Turn) => {
    if (turn.parts.length > 0) turns.push(turn);
  };
  add({ role: "system", parts: system });
  add({ role: "developer", parts: developer });
  let results: readonly Part[] = [];
  const ask = (asked: readonly Part[], name?: string) => {
    // Only here do results and words stand in one message.
    if (dialect === "anthropic") return add({ role: "user", parts: [...results, ...asked] });
    add({ role: "user", parts: results });
    add({ role: "user", parts: asked, ...(name !== undefined && { name }) });
  };
  for (const [at, exchange] of script.exchanges.entries()) {
    const { asked, name, thoughts, said } = exchange;
    const called = numbered(exchange.calls, at);
    ask(asked, name);
    if (at === script.exchanges.length - 1) add({ role: "system", parts: late });
    const made = called.map(({ call }) => call);
    add({ role: "assistant", parts: [...thoughts, ...said, ...made] });
    results = called.map(({ result }) => result);
  }
  ask(ending);
  return { ...wishes, turns };
}

/** Gives every call its own id, and its result the same. */
function numbered(called: readonly Called[], exchange: number): Called[] {
  return called.map(({ call, result }, at) => {
    const id = `call_${exchange}_${at}`;
    return { call: { ...call, id }, result: { ...result, callId: id } };
  });
}
