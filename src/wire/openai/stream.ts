/** Stream events of the OpenAI chat dialect. */
import type { TokenhubError } from "../../errors.ts";
import type { ReplyContext } from "../codec.ts";
import { isObject } from "../json.ts";
import { frame } from "../sse.ts";
import type { EventFacts, EventPath } from "../wire.ts";
import { errorBody } from "./errors.ts";
import { createRenamer } from "./renamer.ts";
import { errorOf } from "./upstream-error.ts";
import { readUsage, spokenChars } from "./usage.ts";

const DONE = "[DONE]";

/** Ends a good stream. */
export const terminatorFrame = frame({ data: DONE });

/** What an event says, before anything is made of it. */
type Heard = Omit<EventFacts, "frame">;

const NOTHING = {
  kind: "other",
  usage: undefined,
  finish: undefined,
  outputChars: 0,
  error: undefined,
} as const satisfies Heard;

const TERMINATOR = { ...NOTHING, kind: "terminator" } as const satisfies Heard;

/**
 * `content` when it says something (text, reasoning, refusal, a call, sound), else `finish` when it gives a reason;
 * one event may do both, then `finish` is set too. `usage` has no choices. Never throws.
 */
export function readEvent(data: string): Heard {
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

/** Relays a stream of this dialect: each event is read once and keeps its own text but for the model. */
export function openStream({ modelId, usageWanted }: ReplyContext): EventPath {
  const model = createRenamer(JSON.stringify(modelId));
  const write = (data: string, { kind }: Heard): string => {
    if (kind === "terminator") return terminatorFrame;
    // The text of errors and rubbish is never passed on, usage only when it was asked for.
    if (kind === "error" || kind === "invalid") return "";
    if (kind === "usage" && !usageWanted) return "";
    return frame({ data: model.rename(data) });
  };
  return {
    push({ data }) {
      const said = model.plain(data);
      if (said) return content(said.chars, frame({ data: said.text }));
      const { kind, usage, finish, outputChars, error } = readEvent(data);
      const heard = { kind, usage, finish, outputChars, error, frame: "" };
      heard.frame = write(data, heard);
      return heard;
    },
    errorFrame,
  };
}

function content(outputChars: number, text: string): EventFacts {
  const kind = outputChars > 0 ? "content" : "other";
  return { kind, usage: undefined, finish: undefined, outputChars, error: undefined, frame: text };
}

/** An error frame has `error` at its top, on which the official SDKs throw. */
export function errorFrame(error: TokenhubError, requestId: string): string {
  return frame({ data: JSON.stringify(errorBody(error, requestId)) });
}
