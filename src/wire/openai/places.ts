/** Where text of people stands in a request of the OpenAI chat dialect. */
import { isObject } from "../json.ts";
import { rewriteList, rewriteMessage, SPEAKERS, type WalkTexts, withMember } from "../places.ts";

/** `input_text` is the next dialect's word; some servers take it here too. */
const TEXTS: ReadonlySet<unknown> = new Set(["text", "input_text"]);

/** Content of system, developer and user; assistants and tools are never touched. */
export const openaiTexts: WalkTexts = (body, rewrite) => {
  const messages = rewriteList(body.messages, (message) => {
    const speaker = isObject(message) ? SPEAKERS.get(message.role) : undefined;
    if (!isObject(message) || !speaker) return message;
    return rewriteMessage(message, { speaker, types: TEXTS, rewrite });
  });
  return withMember(body, "messages", messages);
};
