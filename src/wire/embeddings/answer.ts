/** Whole answers of the embeddings dialect; there are no others. */
import type { Usage } from "../../chat.ts";
import { AttemptFault } from "../../errors.ts";
import { isObject } from "../json.ts";
import type { AnswerFacts } from "../wire.ts";

/** Far beyond any request; a larger count is the upstream's mistake and must not be billed. */
const TOKENS_MAX = 100_000_000;

/** @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else. */
export function readAnswer(text: string): AnswerFacts {
  const answer = parse(text);
  if (!isObject(answer)) throw new AttemptFault("transient", "bad-answer");
  if (isObject(answer.error) || typeof answer.error === "string" || answer.object === "error") {
    throw new AttemptFault("transient", "error-in-answer");
  }
  const { data } = answer;
  if (!Array.isArray(data) || data.length === 0 || !data.every(isVector)) {
    throw new AttemptFault("transient", "bad-answer");
  }
  return { usage: readUsage(answer.usage), finish: undefined, outputChars: 0 };
}

/** Numbers, or base64 of them. */
function isVector(item: unknown): boolean {
  if (!isObject(item)) return false;
  const { embedding } = item;
  return Array.isArray(embedding) ? embedding.length > 0 : typeof embedding === "string";
}

/** Nothing is written and nothing cached; undefined: absent, or no sensible number. */
function readUsage(usage: unknown): Usage | undefined {
  const promptTokens = isObject(usage) ? usage.prompt_tokens : undefined;
  if (typeof promptTokens !== "number" || !Number.isInteger(promptTokens)) return undefined;
  if (promptTokens < 0 || promptTokens > TOKENS_MAX) return undefined;
  return {
    promptTokens,
    completionTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AttemptFault("transient", "bad-answer");
  }
}
