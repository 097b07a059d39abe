/** Whole answers of the Responses dialect. */
import { AttemptFault } from "../../errors.ts";
import { isObject, spliceText } from "../json.ts";
import type { AnswerFacts } from "../wire.ts";
import { itemChars, readUsage } from "./usage.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else. */
export function readAnswer(text: string): AnswerFacts {
  const answer = parse(text);
  if (!isObject(answer)) throw new AttemptFault("transient", "bad-answer");
  const { error, status } = answer;
  if (isObject(error) || typeof error === "string" || answer.object === "error") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  if (status === "failed" || status === "cancelled") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  const isOver = status !== "in_progress" && status !== "queued";
  if (answer.object !== "response" || !Array.isArray(answer.output) || !isOver) {
    throw new AttemptFault("transient", "bad-answer");
  }
  let outputChars = 0;
  for (const item of answer.output) {
    if (!isObject(item)) throw new AttemptFault("transient", "bad-answer");
    outputChars += itemChars(item);
  }
  return { usage: readUsage(answer.usage), finish: finishOf(answer), outputChars };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AttemptFault("transient", "bad-answer");
  }
}

/** Why a response object ended: the reason why it is incomplete, else its status; undefined: it does not say. */
export function finishOf(response: JsonObject): string | undefined {
  const { incomplete_details: details, status } = response;
  if (isObject(details) && typeof details.reason === "string") return details.reason;
  return typeof status === "string" ? status : undefined;
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
  const { id }: JsonObject = JSON.parse(text);
  if (typeof id === "string" && responseId(id) !== id) changes.id = JSON.stringify(responseId(id));
  return spliceText(text, changes);
}

/** The upstream's id as the dialect wants it. */
export function responseId(id: string): string {
  return id.startsWith("resp_") ? id : `resp_${id}`;
}
