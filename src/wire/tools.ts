/**
 * Tools of one dialect told in another that has no namespaces and no tools of free text: names are made flat, free
 * text becomes the one argument of a function, and the calls of the answer get back what they were.
 */
import type { Dialect } from "../chat.ts";
import type {
  CallPart,
  Conversation,
  CustomTool,
  FunctionTool,
  Part,
  Reply,
  ReplyEvent,
  ResultPart,
  Tool,
  ToolChoice,
} from "../conversation.ts";
import { createCallIds } from "./call-ids.ts";
import { isObject } from "./json.ts";
import { createInputDecoder, type InputDecoder, unwrapInput, wrapInput } from "./tool-input.ts";
import { createNames, type Named } from "./tool-names.ts";

/** Name as the provider knows it → what the client knows; only those that differ. */
export type ToolNames = ReadonlyMap<string, Named>;

/** The schema of a function that stands for a tool of free text. */
const INPUT_SCHEMA = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
} as const;

/** Does this dialect know namespaces and custom tools as its providers do? Chat has the latter at OpenAI only. */
function knowsAll(to: Dialect): boolean {
  return to === "responses";
}

/** The conversation as a provider of this dialect can take it, and the way back. */
export function flattenTools(
  conversation: Conversation,
  to: Dialect,
): { readonly conversation: Conversation; readonly restore: ToolNames } {
  const names = createNames(namesIn(conversation), to);
  const ids = createCallIds(to);
  const keepsCustom = knowsAll(to);
  const name = ({ namespace, name, custom }: Named) => {
    const flat = names.flat({ namespace, name, custom });
    return keepsCustom ? { name: flat, namespace } : { name: flat, namespace: undefined };
  };
  const tool = (one: Tool): Tool => {
    if (one.kind === "hosted") return one;
    if (one.kind === "function") return { ...one, ...name({ ...namedOf(one), custom: false }) };
    const flat = names.flat({ namespace: undefined, name: one.name, custom: true });
    return keepsCustom ? { ...one, name: flat } : asFunction(one, flat);
  };
  const call = (part: CallPart): CallPart => ({
    ...part,
    ...name(part),
    id: ids.call(part.id),
    custom: part.custom && keepsCustom,
    input: part.custom && !keepsCustom ? wrapInput(part.input) : part.input,
  });
  const result = (part: ResultPart): ResultPart => ({
    ...part,
    callId: ids.result(part.callId),
    custom: part.custom && keepsCustom,
  });
  const part = (one: Part): Part =>
    one.kind === "call" ? call(one) : one.kind === "result" ? result(one) : one;
  return {
    conversation: {
      ...conversation,
      turns: conversation.turns.map((turn) => ({ ...turn, parts: turn.parts.map(part) })),
      tools: conversation.tools.map(tool),
      toolChoice: choose(conversation, name),
    },
    restore: names.restore,
  };
}

/** Every name that tools and calls have, tools first: they keep theirs where two want one. */
function namesIn({ tools, turns }: Conversation): readonly Named[] {
  const callable = tools.flatMap((tool) => (tool.kind === "hosted" ? [] : namedOf(tool)));
  const called = turns.flatMap(({ parts }) => parts.filter((part) => part.kind === "call"));
  return [...callable, ...called];
}

function namedOf(tool: FunctionTool | CustomTool): Named {
  const namespace = tool.kind === "function" ? tool.namespace : undefined;
  return { namespace, name: tool.name, custom: tool.kind === "custom" };
}

function choose(
  { toolChoice, tools }: Conversation,
  flat: (named: Named) => { name: string; namespace: string | undefined },
): ToolChoice | undefined {
  const known = tools.flatMap((tool) => (tool.kind === "hosted" ? [] : namedOf(tool)));
  if (toolChoice?.kind === "tool") {
    const { name, namespace } = toolChoice;
    const chosen = known.find((one) => one.name === name && one.namespace === namespace);
    return chosen ? { kind: "tool", ...flat(chosen) } : toolChoice;
  }
  if (toolChoice?.kind !== "allowed") return toolChoice;
  // The dialects allow by bare name, whatever the namespace.
  const names = toolChoice.names.flatMap((name) => {
    const allowed = known.filter((one) => one.name === name);
    return allowed.length > 0 ? allowed.map((one) => flat(one).name) : [name];
  });
  return { ...toolChoice, names: [...new Set(names)] };
}

function asFunction({ description, format }: CustomTool, name: string): FunctionTool {
  const texts = [description, grammarOf(format)].filter((text) => text !== undefined);
  return {
    kind: "function",
    name,
    description: texts.length > 0 ? texts.join("\n\n") : undefined,
    schema: INPUT_SCHEMA,
  };
}

/** What the text must look like, in words. */
function grammarOf(format: unknown): string | undefined {
  if (!isObject(format) || format.type !== "grammar") return undefined;
  const { syntax, definition } = format;
  if (typeof definition !== "string") return undefined;
  const kind = typeof syntax === "string" ? ` (${syntax})` : "";
  return `The argument \`input\` must match this grammar${kind}:\n${definition}`;
}

/** A whole answer with the calls as the client knows them. */
export function restoreReply(reply: Reply, names: ToolNames): Reply {
  if (names.size === 0) return reply;
  const parts = reply.parts.map((part): Part => {
    const named = part.kind === "call" ? names.get(part.name) : undefined;
    if (part.kind !== "call" || !named) return part;
    const input = named.custom && !part.custom ? unwrapInput(part.input) : part.input;
    return { ...part, ...named, input };
  });
  return { ...reply, parts };
}

/** The same for the events of one stream; the text of a custom tool's call comes out as it goes in. */
export function restoreEvents(names: ToolNames): (event: ReplyEvent) => readonly ReplyEvent[] {
  const decoders = new Map<number, InputDecoder>();
  const delta = (index: number, text: string): readonly ReplyEvent[] =>
    text === "" ? [] : [{ type: "input-delta", index, text }];
  return (event) => {
    if (event.type === "part-start" && event.part.kind === "call") {
      const named = names.get(event.part.name);
      if (!named) return [event];
      if (named.custom && !event.part.custom) decoders.set(event.index, createInputDecoder());
      return [{ ...event, part: { ...event.part, ...named } }];
    }
    if (decoders.size === 0) return [event];
    if (event.type === "input-delta") {
      const decoder = decoders.get(event.index);
      return decoder ? delta(event.index, decoder.push(event.text)) : [event];
    }
    if (event.type !== "part-end") return [event];
    const left = decoders.get(event.index)?.end() ?? "";
    decoders.delete(event.index);
    return [...delta(event.index, left), event];
  };
}
