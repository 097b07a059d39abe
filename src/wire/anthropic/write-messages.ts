/** Turns as Anthropic wants them: user first, roles in alternation, every call answered in the next message. */
import type { Part, Turn } from "../../conversation.ts";
import { type Block, invalid, writeParts, writeText } from "./write-part.ts";

/** One entry of `messages`. */
export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

interface Written {
  /** Blocks for `system`; empty: none. */
  readonly system: readonly Block[];
  /** Never empty, begins with the user. */
  readonly messages: readonly Message[];
}

/** Stands before an assistant's first word where nobody asked for it. */
const OPENING: Message = { role: "user", content: [{ type: "text", text: "Continue." }] };

/**
 * System turns at the beginning become `system`; later ones are reminders in the user's next message. Neighbours of
 * one role become one message.
 * @throws TokenhubError invalid_value for calls without results and results without calls.
 */
export function writeTurns(turns: readonly Turn[]): Written {
  const first = turns.findIndex((turn) => !isSystem(turn));
  const leading = first < 0 ? turns.length : first;
  const system = turns.slice(0, leading).flatMap((turn) => writeParts(turn.parts));
  const messages = merge(turns.slice(leading).map(writeTurn));
  if (messages[0]?.role !== "user") messages.unshift(OPENING);
  checkCalls(messages);
  return { system, messages: trimPrefill(messages) };
}

function isSystem({ role }: Turn): boolean {
  return role === "system" || role === "developer";
}

function writeTurn(turn: Turn): Message {
  if (!isSystem(turn)) {
    return {
      role: turn.role === "assistant" ? "assistant" : "user",
      content: writeParts(turn.parts),
    };
  }
  return { role: "user", content: writeParts(turn.parts.map(reminder)) };
}

function reminder(part: Part): Part {
  if (part.kind !== "text" || part.text.trim() === "") return part;
  return { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` };
}

function merge(messages: readonly Message[]): Message[] {
  const merged: { role: Message["role"]; content: Block[] }[] = [];
  for (const { role, content } of messages) {
    if (content.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...content);
    else merged.push({ role, content: [...content] });
  }
  return merged.map(({ role, content }) => ({ role, content: resultsFirst(content) }));
}

function resultsFirst(content: readonly Block[]): readonly Block[] {
  const results = content.filter(({ type }) => type === "tool_result");
  if (results.length === 0) return content;
  return [...results, ...content.filter(({ type }) => type !== "tool_result")];
}

function checkCalls(messages: readonly Message[]): void {
  const seen = new Set<unknown>();
  let open = new Set<unknown>();
  for (const { content } of messages) {
    const results = idsOf(content, { type: "tool_result", field: "tool_use_id" });
    for (const id of results) {
      if (!open.delete(id)) invalid("A tool result answers no call of the turn before it.");
    }
    if (open.size > 0) invalid(UNANSWERED);
    const calls = idsOf(content, { type: "tool_use", field: "id" });
    for (const id of calls) {
      if (seen.has(id)) invalid("Two tool calls have one id.");
      seen.add(id);
    }
    open = new Set(calls);
  }
  if (open.size > 0) invalid(UNANSWERED);
}

const UNANSWERED = "A tool call is not followed by its result.";

function idsOf(
  content: readonly Block[],
  { type, field }: { type: string; field: string },
): unknown[] {
  return content.filter((block) => block.type === type).map((block) => block[field]);
}

/** White space at the end of an unfinished answer is refused. */
function trimPrefill(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== "assistant" || block?.type !== "text") return messages;
  const text = writeText(String(block.text).trimEnd());
  const content = [...last.content.slice(0, -1), ...(text ? [{ ...block, ...text }] : [])];
  return [...messages.slice(0, -1), { role: last.role, content }];
}
