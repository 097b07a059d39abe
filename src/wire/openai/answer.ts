/** Whole answers of the OpenAI chat dialect. */
import { AttemptFault } from "../../errors.ts";
import { isObject, spliceText } from "../json.ts";
import type { AnswerFacts } from "../wire.ts";
import { readUsage, spokenChars } from "./usage.ts";

/** @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else. */
export function readAnswer(text: string): AnswerFacts {
  const answer = parse(text);
  if (!isObject(answer)) throw new AttemptFault("transient", "bad-answer");
  if (isObject(answer.error) || typeof answer.error === "string" || answer.object === "error") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  if (!Array.isArray(answer.choices) || answer.choices.length === 0) {
    throw new AttemptFault("transient", "bad-answer");
  }
  let finish: string | undefined;
  let outputChars = 0;
  for (const choice of answer.choices) {
    if (!isObject(choice) || !isObject(choice.message)) {
      throw new AttemptFault("transient", "bad-answer");
    }
    outputChars += spokenChars(choice.message);
    if (typeof choice.finish_reason === "string") finish ??= choice.finish_reason;
  }
  return { usage: readUsage(answer.usage), finish, outputChars };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AttemptFault("transient", "bad-answer");
  }
}

/** The text must have passed `readAnswer`. */
export function writeAnswer(
  text: string,
  patch: { modelId: string; extra?: Readonly<Record<string, unknown>> },
): string {
  const changes: Record<string, string | undefined> = {};
  const { extra = {} } = patch;
  for (const key of Object.keys(extra)) changes[key] = JSON.stringify(extra[key]);
  changes.model = JSON.stringify(patch.modelId);
  return spliceText(text, changes);
}
