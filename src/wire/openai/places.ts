/** Where text of people stands in a request of the OpenAI chat dialect. */
import { isObject } from "../json.ts";
import {
  rewriteContent,
  rewriteList,
  type Speaker,
  type WalkTexts,
  withMember,
} from "../places.ts";

const SPEAKERS: ReadonlyMap<unknown, Speaker> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
]);
/** `input_text` is the next dialect's word; some servers take it here too. */
const TEXTS: ReadonlySet<unknown> = new Set(["text", "input_text"]);

/** Content of system, developer and user; assistants and tools are never touched. */
export const openaiTexts: WalkTexts = (body, rewrite) => {
  const messages = rewriteList(body.messages, (message) => {
    const speaker = isObject(message) ? SPEAKERS.get(message.role) : undefined;
    if (!isObject(message) || !speaker) return message;
    const content = rewriteContent(message.content, {
      types: TEXTS,
      rewrite: (texts) => rewrite(texts, speaker),
    });
    return withMember(message, "content", content);
  });
  return withMember(body, "messages", messages);
};
