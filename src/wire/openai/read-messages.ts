/** Messages of a request to turns of a conversation. */
import type { CallPart, Part, ResultPart, Turn } from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import { listAt, nameAt, needObject, stringAt, type Unread, unsupported } from "./given.ts";
import { type Place, readContent } from "./read-parts.ts";
import { readReasoning } from "./read-reasoning.ts";

const FIELDS = new Set(["role", "content", "name"]);
const ASSISTANT_FIELDS = new Set([
  ...FIELDS,
  "refusal",
  "tool_calls",
  "function_call",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "annotations",
]);
const TOOL_FIELDS = new Set(["role", "content", "tool_call_id", "name"]);
const CALL_FIELDS = new Set(["id", "type", "function", "custom", "index"]);
const FUNCTION_FIELDS = new Set(["name", "arguments"]);
const CUSTOM_FIELDS = new Set(["name", "input"]);

/** The calls made so far, to which results belong. */
interface Called {
  /** id → is it a call of a custom tool? */
  readonly byId: Map<string, boolean>;
  /** Name → id of the last call in the spelling before tools. */
  readonly byName: Map<string, string>;
}

/**
 * The messages must have passed `readRequest`. Tool messages that follow each other are one turn of the user.
 * @throws TokenhubError invalid_value, also for a result without its call; unsupported_parameter for a kind of part
 * or call that is not known.
 */
export function readTurns(messages: readonly unknown[], unread: Unread): Turn[] {
  const turns: Turn[] = [];
  const called: Called = { byId: new Map(), byName: new Map() };
  let results: Part[] | undefined;
  for (const [index, message] of messages.entries()) {
    const place = { path: `messages.${index}`, unread };
    if (!isObject(message)) return refuse(place.path);
    if (message.role === "tool" || message.role === "function") {
      const isFirst = !results;
      results ??= [];
      if (isFirst) turns.push({ role: "user", parts: results });
      results.push(readResult(message, { place, called }));
    } else {
      results = undefined;
      turns.push(readTurn(message, { place, called }));
    }
  }
  return turns;
}

function readTurn(message: JsonObject, { place, called }: { place: Place; called: Called }): Turn {
  const { path, unread } = place;
  const name = stringAt(message.name, `${path}.name`);
  const content = readContent(message.content, { path: `${path}.content`, unread });
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      unread.rest(message, FIELDS, "messages");
      return { role: message.role, parts: content, name };
    case "assistant": {
      tellRest(message, unread);
      const refusal = stringAt(message.refusal, `${path}.refusal`) ?? "";
      const parts: Part[] = [...readReasoning(message), ...content];
      if (refusal !== "") parts.push({ kind: "refusal", text: refusal });
      parts.push(...readCalls(message, { place, called }));
      return { role: "assistant", parts, name };
    }
    default:
      return refuse(`${path}.role`);
  }
}

/** Clients send back the message as they got it: an empty list says nothing. */
function tellRest(message: JsonObject, unread: Unread): void {
  unread.rest(message, ASSISTANT_FIELDS, "messages");
  const { annotations } = message;
  if (isGiven(annotations) && !(Array.isArray(annotations) && annotations.length === 0)) {
    unread.add("messages.annotations");
  }
}

function readCalls(
  message: JsonObject,
  { place, called }: { place: Place; called: Called },
): CallPart[] {
  const { path, unread } = place;
  const calls = listAt(message.tool_calls, `${path}.tool_calls`).map((call, index) => {
    return readCall(call, { path: `${path}.tool_calls.${index}`, unread });
  });
  for (const { id, custom } of calls) called.byId.set(id, custom);
  if (!isGiven(message.function_call)) return calls;
  const legacy = needObject(message.function_call, `${path}.function_call`);
  const name = nameAt(legacy.name, `${path}.function_call.name`);
  const id = `call_${path.replace(".", "_")}`;
  called.byName.set(name, id);
  const input = stringAt(legacy.arguments, `${path}.function_call.arguments`) ?? "";
  return [...calls, { kind: "call", id, name, input, custom: false }];
}

function readCall(call: unknown, { path, unread }: Place): CallPart {
  if (!isObject(call)) return refuse(path);
  const id = nameAt(call.id, `${path}.id`);
  unread.rest(call, CALL_FIELDS, "messages.tool_calls");
  const type = stringAt(call.type, `${path}.type`) ?? "function";
  if (type === "function") {
    const { name, input } = readCalled(call.function, { path: `${path}.function`, unread });
    return { kind: "call", id, name, input, custom: false };
  }
  if (type !== "custom") return unsupported(`${path}.type`);
  const custom = needObject(call.custom, `${path}.custom`);
  unread.rest(custom, CUSTOM_FIELDS, "messages.tool_calls.custom");
  const name = nameAt(custom.name, `${path}.custom.name`);
  const input = stringAt(custom.input, `${path}.custom.input`) ?? "";
  return { kind: "call", id, name, input, custom: true };
}

function readCalled(value: unknown, { path, unread }: Place): { name: string; input: string } {
  const called = needObject(value, path);
  unread.rest(called, FUNCTION_FIELDS, "messages.tool_calls.function");
  return {
    name: nameAt(called.name, `${path}.name`),
    input: stringAt(called.arguments, `${path}.arguments`) ?? "",
  };
}

function readResult(
  message: JsonObject,
  { place, called }: { place: Place; called: Called },
): ResultPart {
  const { path, unread } = place;
  unread.rest(message, TOOL_FIELDS, "messages");
  const parts = readContent(message.content, { path: `${path}.content`, unread });
  if (message.role === "function") {
    const name = nameAt(message.name, `${path}.name`);
    const callId = called.byName.get(name) ?? refuse(`${path}.name`);
    return { kind: "result", callId, parts, isError: false, custom: false };
  }
  const callId = nameAt(message.tool_call_id, `${path}.tool_call_id`);
  const custom = called.byId.get(callId) ?? refuse(`${path}.tool_call_id`);
  return { kind: "result", callId, parts, isError: false, custom };
}
