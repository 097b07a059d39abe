/** Whole answers of the Anthropic dialect. */
import { AttemptFault } from "../../errors.ts";
import { isObject, spliceText } from "../json.ts";
import type { AnswerFacts } from "../wire.ts";
import { MESSAGE_DEFAULTS, messageId } from "./message.ts";
import { readUsage, spokenChars } from "./usage.ts";

/** @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else. */
export function readAnswer(text: string): AnswerFacts {
  const { id, content, stop_reason, usage } = parseMessage(text);
  let outputChars = 0;
  for (const block of content) outputChars += spokenChars(block);
  const finish = typeof stop_reason === "string" ? stop_reason : undefined;
  return { usage: readUsage(usage), finish, outputChars, id: messageId(id) };
}

/** A JSON object that reports no error. @throws AttemptFault transient as `readAnswer`. */
export function parseAnswer(text: string): Readonly<Record<string, unknown>> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new AttemptFault("transient", "bad-answer");
  }
  if (!isObject(answer)) throw new AttemptFault("transient", "bad-answer");
  if (answer.type === "error" || isObject(answer.error) || typeof answer.error === "string") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  return answer;
}

/** A message with its content, whose blocks are objects. @throws AttemptFault transient as `readAnswer`. */
export function parseMessage(text: string): Readonly<Record<string, unknown>> & {
  readonly content: readonly Readonly<Record<string, unknown>>[];
} {
  const answer = parseAnswer(text);
  const { content } = answer;
  if (!Array.isArray(content) || !content.every(isObject)) {
    throw new AttemptFault("transient", "bad-answer");
  }
  return { ...answer, content };
}

/**
 * The answer for the client: everything as it came but the model, an id that is none of this dialect, and members
 * that the dialect always has. The text must have passed `readAnswer`.
 */
export function writeAnswer(
  text: string,
  patch: { modelId: string; extra?: Readonly<Record<string, unknown>> },
): string {
  const answer: unknown = JSON.parse(text);
  const message = isObject(answer) ? answer : {};
  const changes: Record<string, string | undefined> = rawOf(patch.extra);
  for (const [key, value] of Object.entries(MESSAGE_DEFAULTS)) {
    if (message[key] === undefined) changes[key] = JSON.stringify(value);
  }
  const id = messageId(message.id);
  if (id !== undefined && id !== message.id) changes.id = JSON.stringify(id);
  changes.model = JSON.stringify(patch.modelId);
  return spliceText(text, changes);
}

/** Members as raw JSON, ready to be spliced in. */
export function rawOf(extra: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const key of Object.keys(extra)) changes[key] = JSON.stringify(extra[key]);
  return changes;
}
