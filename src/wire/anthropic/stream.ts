/** Stream events of the Anthropic dialect. */
import type { ReplyContext } from "../codec.ts";
import { isObject } from "../json.ts";
import { putMember } from "../json-splice.ts";
import { frame } from "../sse.ts";
import type { EventFacts, EventPath } from "../wire.ts";
import { errorFrame } from "./errors.ts";
import { MESSAGE_DEFAULTS, messageId } from "./message.ts";
import { addCounts, type Counts, NO_COUNTS, spokenChars, textChars, usageOf } from "./usage.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** What a stream said so far, as far as its next events depend on it. */
interface StreamState {
  counts: Counts;
  /** Index of the block that is open. */
  open: number | undefined;
  /** Index of the next block of a server that gives none. */
  next: number;
}

const NOTHING = {
  kind: "other",
  usage: undefined,
  finish: undefined,
  outputChars: 0,
  error: undefined,
  frame: "",
} as const satisfies EventFacts;

/** Names of events that are not known yet, and harmless in an `event:` line. */
const EVENT_NAME = /^[a-z_]{1,64}$/;

/**
 * Relays a stream of this dialect: each event is read once and keeps its own text where nothing must change. What
 * the servers that imitate the dialect do otherwise is put right: ids, members left out, blocks that are closed
 * late (the official SDKs take the last block for the one that ended).
 */
export function openStream(context: ReplyContext): EventPath {
  const state: StreamState = { counts: NO_COUNTS, open: undefined, next: 0 };
  return {
    push({ data }) {
      const event = parse(data);
      if (!isObject(event)) return { ...NOTHING, kind: "invalid" };
      switch (event.type) {
        case "content_block_delta":
          return delta(state, event, data);
        case "content_block_start":
          return start(state, event, data);
        case "content_block_stop":
          return stop(state, event, data);
        case "message_start":
          return begin(state, event, context);
        case "message_delta":
          return finish(state, event, data);
        case "message_stop": {
          const frames = closing(state) + frame({ event: "message_stop", data });
          return { ...NOTHING, kind: "terminator", frame: frames };
        }
        default:
          return other(event, data);
      }
    },
    errorFrame,
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Errors in every shape seen, pings, and events that are not known yet. */
function other(event: JsonObject, data: string): EventFacts {
  const { type } = event;
  const error = event.error ?? (typeof type === "string" ? undefined : event.detail) ?? undefined;
  if (type === "error" || error !== undefined) {
    return { ...NOTHING, kind: "error", error: error ?? event };
  }
  if (typeof type !== "string" || !EVENT_NAME.test(type)) return NOTHING;
  return { ...NOTHING, frame: frame({ event: type, data }) };
}

/** The one event that names model and id, and the only one that is always written anew. */
function begin(state: StreamState, event: JsonObject, context: ReplyContext): EventFacts {
  const given = isObject(event.message) ? event.message : {};
  const id = messageId(given.id) ?? context.newId("msg");
  const message: Record<string, unknown> = { ...given, id, model: context.modelId };
  for (const [key, value] of Object.entries(MESSAGE_DEFAULTS)) message[key] ??= value;
  message.usage ??= { input_tokens: 0, output_tokens: 0 };
  state.counts = addCounts(state.counts, given.usage);
  return {
    ...NOTHING,
    usage: usageOf(state.counts),
    id,
    frame: frame({ event: "message_start", data: JSON.stringify({ ...event, message }) }),
  };
}

function start(state: StreamState, event: JsonObject, data: string): EventFacts {
  const frames = closing(state);
  const index = isIndex(event.index) ? event.index : state.next;
  state.open = index;
  state.next = index + 1;
  const block = isObject(event.content_block) ? event.content_block : {};
  const outputChars = spokenChars(block);
  const speaks = outputChars > 0 || (block.type !== "text" && block.type !== "thinking");
  let text = indexed(event, { index, data });
  if (isCall(block) && block.input === undefined) {
    const raw = JSON.stringify({ ...block, input: {} });
    text = putMember(text, { key: "content_block", raw });
  }
  return {
    ...NOTHING,
    kind: speaks ? "content" : "other",
    outputChars,
    frame: frames + frame({ event: "content_block_start", data: text }),
  };
}

function isCall(block: JsonObject): boolean {
  return typeof block.type === "string" && block.type.endsWith("tool_use");
}

function delta(state: StreamState, event: JsonObject, data: string): EventFacts {
  const said = isObject(event.delta) ? event.delta : {};
  const chars = textChars(said.text) + textChars(said.thinking) + textChars(said.partial_json);
  const speaks = chars > 0 || textChars(said.signature) > 0;
  return {
    kind: speaks ? "content" : "other",
    usage: undefined,
    finish: undefined,
    outputChars: chars,
    error: undefined,
    frame: frame({
      event: "content_block_delta",
      data: indexed(event, { index: state.open ?? 0, data }),
    }),
  };
}

function stop(state: StreamState, event: JsonObject, data: string): EventFacts {
  const index = isIndex(event.index) ? event.index : state.open;
  // Closed already when the next one began, or never open.
  if (index === undefined || index !== state.open) return NOTHING;
  state.open = undefined;
  const text = indexed(event, { index, data });
  return { ...NOTHING, frame: frame({ event: "content_block_stop", data: text }) };
}

function finish(state: StreamState, event: JsonObject, data: string): EventFacts {
  state.counts = addCounts(state.counts, event.usage);
  const told = isObject(event.delta) ? event.delta : {};
  const reason = typeof told.stop_reason === "string" ? told.stop_reason : undefined;
  let text = data;
  if (told.stop_sequence === undefined) {
    const raw = JSON.stringify({ ...told, stop_reason: reason ?? null, stop_sequence: null });
    text = putMember(text, { key: "delta", raw });
  }
  if (!isObject(event.usage)) {
    const raw = JSON.stringify({ output_tokens: state.counts.output ?? 0 });
    text = putMember(text, { key: "usage", raw });
  }
  return {
    ...NOTHING,
    kind: reason === undefined ? "other" : "finish",
    usage: usageOf(state.counts),
    finish: reason,
    frame: closing(state) + frame({ event: "message_delta", data: text }),
  };
}

/** The end of a block that its server left open; "" when none is. */
function closing(state: StreamState): string {
  const { open } = state;
  if (open === undefined) return "";
  state.open = undefined;
  const data = JSON.stringify({ type: "content_block_stop", index: open });
  return frame({ event: "content_block_stop", data });
}

function indexed(event: JsonObject, { index, data }: { index: number; data: string }): string {
  return isIndex(event.index) ? data : putMember(data, { key: "index", raw: `${index}` });
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
