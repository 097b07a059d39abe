/** Turns of a conversation as input items of the Responses dialect. */
import type { CallPart, Part, ResultPart, Turn } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { writeInputParts, writeOutputPart } from "./write-parts.ts";

/** Reasoning that this dialect's providers cannot prove is left out: they refuse what is not theirs. */
export function writeItems(turns: readonly Turn[]): readonly JsonObject[] {
  return turns.flatMap((turn) =>
    turn.role === "assistant" ? writeAssistant(turn.parts) : writeOther(turn),
  );
}

function writeOther({ role, parts }: Turn): readonly JsonObject[] {
  const results = parts.filter((part) => part.kind === "result");
  const rest = parts.filter((part) => part.kind !== "result");
  const items: JsonObject[] = results.map(writeResult);
  if (rest.length > 0 || results.length === 0) {
    items.push({ type: "message", role, content: contentOf(rest) });
  }
  return items;
}

function writeResult({ callId, parts, custom }: ResultPart): JsonObject {
  const type = custom ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: callId, output: contentOf(parts) };
}

/** One text is written as a text, which every server understands. */
function contentOf(parts: readonly Part[]): string | readonly JsonObject[] {
  const [first, second] = parts;
  if (first?.kind === "text" && second === undefined) return first.text;
  return parts.length === 0 ? "" : writeInputParts(parts);
}

function writeAssistant(parts: readonly Part[]): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let spoken: Part[] = [];
  const closeMessage = () => {
    if (spoken.length > 0) items.push(writeMessage(spoken));
    spoken = [];
  };
  for (const part of parts) {
    if (part.kind === "text" || part.kind === "refusal") {
      spoken.push(part);
      continue;
    }
    const item = part.kind === "call" ? writeCall(part) : writeProven(part);
    if (item === undefined) continue;
    closeMessage();
    items.push(item);
  }
  closeMessage();
  return items;
}

function writeMessage(parts: readonly Part[]): JsonObject {
  const [first, second] = parts;
  const isPlain = first?.kind === "text" && second === undefined && !first.citations?.length;
  const content = isPlain ? first.text : parts.flatMap((part) => writeOutputPart(part) ?? []);
  return { type: "message", role: "assistant", content };
}

function writeCall({ id, name, namespace, input, custom }: CallPart): JsonObject {
  const called = namespace === undefined ? { call_id: id, name } : { call_id: id, name, namespace };
  if (custom) return { type: "custom_tool_call", ...called, input };
  return { type: "function_call", ...called, arguments: input === "" ? "{}" : input };
}

function writeProven(part: Part): JsonObject | undefined {
  if (part.kind !== "reasoning" && part.kind !== "redacted") return undefined;
  if (part.proof?.of !== "responses") return undefined;
  const id = part.kind === "reasoning" && part.id !== undefined ? { id: part.id } : {};
  const text = part.kind === "reasoning" ? part.text : "";
  const summary = text === "" ? [] : [{ type: "summary_text", text }];
  return { type: "reasoning", ...id, summary, encrypted_content: part.proof.data };
}
