/** Where text of people stands in a request of the Anthropic dialect. */
import { isObject } from "../json.ts";
import {
  type Rewrite,
  rewriteContent,
  rewriteList,
  rewriteMessage,
  type Speaker,
  type WalkTexts,
  withMember,
} from "../places.ts";

const SPEAKERS: ReadonlyMap<unknown, Speaker> = new Map([
  ["system", "system"],
  ["user", "user"],
]);
const TEXTS: ReadonlySet<unknown> = new Set(["text"]);

/** `system`, and text blocks of user and system; results of tools, documents and thinking are never touched. */
export const anthropicTexts: WalkTexts = (body, rewrite) => {
  const system = rewriteContent(body.system, {
    types: TEXTS,
    rewrite: (texts) => rewrite(texts, "system"),
  });
  const messages = rewriteList(body.messages, (message) => rewriteTurn(message, rewrite));
  return withMember(withMember(body, "system", system), "messages", messages);
};

function rewriteTurn(message: unknown, rewrite: Rewrite): unknown {
  const speaker = isObject(message) ? SPEAKERS.get(message.role) : undefined;
  if (!isObject(message) || !speaker || isResults(message.content)) return message;
  return rewriteMessage(message, { speaker, types: TEXTS, rewrite });
}

/** What other dialects have as messages of tools is no message of the user here either. */
function isResults(content: unknown): boolean {
  if (!Array.isArray(content) || content.length === 0) return false;
  return content.every((block) => isObject(block) && block.type === "tool_result");
}
