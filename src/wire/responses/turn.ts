/** Stored turns of the Responses dialect. */
import { changed, rawElements, rawOf } from "../amendment.ts";
import type { ChatRequest, TurnAsked } from "../chat-request.ts";
import type { JsonObject } from "../given.ts";
import { isObject, spliceText } from "../json.ts";
import type { TurnAnswer, Turns } from "../turns.ts";
import { isEnding } from "./lifecycle.ts";
import { listOf } from "./output.ts";
import { readRequest } from "./request.ts";

/** Both ends of a turn, and how the next one goes on from it. */
export const responsesTurns: Turns = {
  resume(request, earlier) {
    const { document, suspect } = request;
    const { input } = document.value;
    const own = Array.isArray(input) ? rawElements(document, "input") : [rawOf(userItem(input))];
    const items = [...earlier.map(rawOf), ...own].join(",");
    const resumed = readRequest(changed(document, { input: `[${items}]` }));
    return suspect ? { ...resumed, suspect } : resumed;
  },
  inputOf,
  answerOf: (text) => turnOf(JSON.parse(text)),
  streamedOf({ event, data }) {
    if (event === undefined || !isEnding(event)) return undefined;
    const ended: unknown = JSON.parse(data);
    return isObject(ended) ? turnOf(ended.response) : undefined;
  },
  tell: (text, turn) => spliceText(text, toldOf(turn)),
};

/** What an answer repeats of it: raw JSON by key. */
export function toldOf({ previousId, isKept }: TurnAsked): Readonly<Record<string, string>> {
  return { store: `${isKept}`, previous_response_id: rawOf(previousId ?? null) };
}

function inputOf({ document }: ChatRequest): readonly unknown[] {
  const { input } = document.value;
  return Array.isArray(input) ? input : [userItem(input)];
}

function userItem(content: unknown): JsonObject {
  return { type: "message", role: "user", content };
}

function turnOf(response: unknown): TurnAnswer | undefined {
  if (!isObject(response) || typeof response.id !== "string") return undefined;
  return { id: response.id, items: listOf(response.output).flatMap(replayable) };
}

/**
 * No provider keeps items, so that it would look for an id in vain; and reasoning without its proof tells it
 * nothing.
 */
function replayable(item: JsonObject): readonly JsonObject[] {
  if (item.type === "reasoning") return typeof item.encrypted_content === "string" ? [item] : [];
  const { id: _, ...rest } = item;
  return [rest];
}
