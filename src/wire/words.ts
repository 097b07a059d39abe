/** What clients and models said, as plain text. */
import { TokenhubError } from "../errors.ts";
import type { ChatRequest } from "./chat-request.ts";
import { isObject } from "./json.ts";
import type { Wire } from "./wire.ts";

/** The types of parts that hold words of the user, in any dialect of chat. */
const TEXT_TYPES: ReadonlySet<unknown> = new Set(["text", "input_text"]);

/**
 * The text parts of the last turn in which the user says a text, joined; "" when there is none. It reads every request
 * that a wire has read, whatever stands beside the text.
 */
export function lastUserText({ document }: ChatRequest): string {
  const { messages, input } = document.value;
  if (typeof input === "string") return input;
  const turns: readonly unknown[] = [messages, input].find(Array.isArray) ?? [];
  for (const turn of turns.toReversed()) {
    if (!isObject(turn) || turn.role !== "user") continue;
    const text = textOf(turn.content);
    if (text !== "") return text;
  }
  return "";
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = parts.flatMap((part) =>
    isObject(part) && TEXT_TYPES.has(part.type) && typeof part.text === "string" ? part.text : [],
  );
  return texts.join("\n");
}

/** What a whole answer says. */
export interface AnswerWords {
  /** Its text parts joined; "" where it has none. */
  readonly text: string;
  /** It calls tools, so that the text is not all of it. */
  readonly isOpaque: boolean;
}

/**
 * The words of a whole answer in the wire's dialect.
 * @throws AttemptFault transient when the text is no answer of it; TokenhubError internal for a wire without a codec.
 */
export function answerText(text: string, { codec }: Pick<Wire, "codec">): AnswerWords {
  if (!codec) throw new TokenhubError("internal");
  const { parts } = codec.readReply(text);
  const texts = parts.map((part) => (part.kind === "text" ? part.text : ""));
  return { text: texts.join(""), isOpaque: parts.some(({ kind }) => kind === "call") };
}
