/** Streams of an Anthropic provider, and of servers that imitate it, read for translation. */
import type { ReplyEvent } from "../../conversation.ts";
import type { ReplyReader } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { readFinish } from "./finish.ts";
import { createBlockReader } from "./reader-blocks.ts";
import { addCounts, NO_COUNTS, usageOf } from "./usage.ts";

/** What a stream is failed with that breaks the order of its own events. */
export const OUT_OF_ORDER = { code: "out_of_order" } as const;

const NOTHING: readonly ReplyEvent[] = [];
const NOISE: readonly ReplyEvent[] = [{ type: "noise" }];

/**
 * A reader for one stream. Blocks of kinds that only hosted tools make are left out, a missing `index` means the block
 * that is open, and a missing `message_start` is made up for; deltas for a block that is closed or unknown fail.
 */
export function createReader(): ReplyReader {
  const blocks = createBlockReader();
  let phase: "new" | "open" | "finished" | "over" = "new";
  let counts = NO_COUNTS;

  function fail(error: unknown): readonly ReplyEvent[] {
    phase = "over";
    return [{ type: "reply-fail", error }];
  }

  function start(id: unknown): ReplyEvent {
    phase = "open";
    return { type: "reply-start", id: textOf(id) };
  }

  function tellUsage(value: unknown): ReplyEvent[] {
    if (!isObject(value)) return [];
    counts = addCounts(counts, value);
    const usage = usageOf(counts);
    return usage ? [{ type: "usage-tell", usage }] : [];
  }

  function finish(reason: unknown, stopSequence: unknown): ReplyEvent[] {
    phase = "finished";
    const name = readFinish(reason, blocks.hasCalls());
    const sequence = textOf(stopSequence);
    return [...blocks.close(), { type: "reply-finish", finish: name, stopSequence: sequence }];
  }

  function readStart({ message }: JsonObject): readonly ReplyEvent[] {
    if (phase !== "new") return fail(OUT_OF_ORDER);
    const { id, usage } = isObject(message) ? message : {};
    return [start(id), ...tellUsage(usage)];
  }

  function readContent(event: JsonObject): readonly ReplyEvent[] {
    if (phase === "finished") return fail(OUT_OF_ORDER);
    const events = blocks.read(event);
    if (events === undefined) return fail(OUT_OF_ORDER);
    return phase === "new" ? [start(undefined), ...events] : events;
  }

  function readDelta({ delta, usage }: JsonObject): readonly ReplyEvent[] {
    if (phase === "new") return fail(OUT_OF_ORDER);
    const { stop_reason: reason, stop_sequence: stopSequence } = isObject(delta) ? delta : {};
    const ends = phase === "open" && typeof reason === "string";
    return [...(ends ? finish(reason, stopSequence) : []), ...tellUsage(usage)];
  }

  function readStop(): readonly ReplyEvent[] {
    if (phase === "new") return fail(OUT_OF_ORDER);
    const events = phase === "open" ? finish(undefined, undefined) : [];
    phase = "over";
    return [...events, { type: "reply-end" }];
  }

  function readOther(event: JsonObject): readonly ReplyEvent[] {
    const error = errorOf(event);
    return error === undefined ? NOTHING : fail(error);
  }

  const readers = { readStart, readContent, readDelta, readStop, readOther };
  return {
    push({ data }) {
      if (phase === "over") return NOTHING;
      const event = parse(data);
      if (!isObject(event)) return NOISE;
      return readers[READERS.get(event.type) ?? "readOther"](event);
    },
  };
}

const READERS = new Map<unknown, "readStart" | "readContent" | "readDelta" | "readStop">([
  ["message_start", "readStart"],
  ["content_block_start", "readContent"],
  ["content_block_delta", "readContent"],
  ["content_block_stop", "readContent"],
  ["message_delta", "readDelta"],
  ["message_stop", "readStop"],
]);

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Anthropic's own error event, or what imitations send: `error` without a type, FastAPI's `detail`. */
function errorOf(event: JsonObject): unknown {
  if (event.error !== undefined && event.error !== null) return event.error;
  if (event.type === "error" || event.object === "error") return event;
  return event.type === undefined ? (event.detail ?? undefined) : undefined;
}
