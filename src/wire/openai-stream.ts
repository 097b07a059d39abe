/** Stream events of the OpenAI chat dialect. */
import { isObject } from "./json.ts";
import { putMember } from "./json-splice.ts";
import { readUsage, spokenChars } from "./openai-usage.ts";
import { frame } from "./sse.ts";
import type { EventFacts } from "./wire.ts";

const DONE = "[DONE]";

/** Ends a good stream. */
export const terminatorFrame = frame({ data: DONE });

const NOTHING = {
  kind: "other",
  usage: undefined,
  finish: undefined,
  outputChars: 0,
  error: undefined,
} as const satisfies EventFacts;

const TERMINATOR = { ...NOTHING, kind: "terminator" } as const satisfies EventFacts;

/**
 * `content` when it says something (text, reasoning, refusal, a call, sound), else `finish` when it gives a reason;
 * one event may do both, then `finish` is set too. `usage` has no choices. Never throws.
 */
export function readEvent(data: string): EventFacts {
  // Before the parser, whose refusal costs more than the parsing of ten events.
  if (data === DONE || data.trim() === DONE) return TERMINATOR;
  const event = parse(data);
  if (!isObject(event)) return { ...NOTHING, kind: "invalid" };
  const error = errorOf(event);
  if (error !== undefined) return { ...NOTHING, kind: "error", error };
  const usage = readUsage(event.usage);
  if (!Array.isArray(event.choices)) return { ...NOTHING, usage };
  if (event.choices.length === 0)
    return { ...NOTHING, kind: event.usage ? "usage" : "other", usage };

  let finish: string | undefined;
  let outputChars = 0;
  let speaks = false;
  for (const choice of event.choices) {
    if (!isObject(choice)) continue;
    if (typeof choice.finish_reason === "string") finish ??= choice.finish_reason;
    if (!isObject(choice.delta)) continue;
    outputChars += spokenChars(choice.delta);
    speaks ||= outputChars > 0 || calls(choice.delta) || isObject(choice.delta.audio);
  }
  const kind = speaks ? "content" : finish === undefined ? "other" : "finish";
  return { kind, usage, finish, outputChars, error: undefined };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** A call counts as content even before its name and arguments are known. */
function calls(delta: Readonly<Record<string, unknown>>): boolean {
  return (
    (Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0) ||
    isObject(delta.function_call)
  );
}

/** The upstream's error in any shape seen: an object, a string, the whole event, FastAPI's `detail`. */
function errorOf(event: Readonly<Record<string, unknown>>): unknown {
  if (event.error !== undefined && event.error !== null) return event.error;
  if (event.object === "error") return event;
  if (event.detail !== undefined && event.detail !== null && event.choices === undefined) {
    return event.detail;
  }
  return undefined;
}

/** undefined for errors and rubbish, whose text is never passed on, and for usage that was not asked for. */
export function writeEvent(
  data: string,
  facts: EventFacts,
  patch: { modelId: string; usageWanted: boolean },
): string | undefined {
  if (facts.kind === "terminator") return terminatorFrame;
  if (facts.kind === "error" || facts.kind === "invalid") return undefined;
  if (facts.kind === "usage" && !patch.usageWanted) return undefined;
  return frame({ data: putMember(data, { key: "model", raw: JSON.stringify(patch.modelId) }) });
}
