/** A whole answer of the Responses dialect. */
import type { Part, Reply } from "../../conversation.ts";
import { AttemptFault } from "../../errors.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { finishOf, listOf, logprobsOf, readOutputItem } from "./output.ts";
import { readUsage } from "./usage.ts";

/** What an answer's status may be; some servers leave it out. */
const STATUSES: ReadonlySet<unknown> = new Set(["completed", "incomplete", undefined, null]);

/** @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else. */
export function readReply(text: string): Reply {
  const response = parse(text);
  if (!isObject(response)) throw badAnswer();
  const hasError = response.error !== undefined && response.error !== null;
  if (hasError || response.object === "error" || response.status === "failed") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  if (!Array.isArray(response.output) || !STATUSES.has(response.status)) throw badAnswer();
  const items = listOf(response.output);
  const parts = items.flatMap(partsOf);
  const logprobs = items.flatMap(logprobsOf);
  return {
    id: typeof response.id === "string" ? response.id : undefined,
    parts,
    finish: finishOf(
      response,
      parts.some(({ kind }) => kind === "call"),
    ),
    stopSequence: undefined,
    usage: readUsage(response.usage),
    logprobs: logprobs.length > 0 ? logprobs : undefined,
  };
}

function partsOf(item: JsonObject): readonly Part[] {
  const parts = readOutputItem(item);
  if (!parts) throw badAnswer();
  return parts;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer();
  }
}

function badAnswer(): AttemptFault {
  return new AttemptFault("transient", "bad-answer");
}
