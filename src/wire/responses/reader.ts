/** Reads a streamed answer of the Responses dialect. */
import type { ReplyEvent } from "../../conversation.ts";
import type { ReplyReader } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { finishOf, listOf, stringOf } from "./output.ts";
import { createReaderItems } from "./reader-items.ts";
import { readUsage } from "./usage.ts";

const DONE = "[DONE]";
const BEGINNINGS = new Set(["response.created", "response.in_progress", "response.queued"]);
/** A cut answer may be called completed. */
const ENDS = new Set(["response.completed", "response.incomplete"]);
const FAILURES = new Set(["response.failed", "response.cancelled"]);

/** What is said of a stream that breaks the dialect's order; the words are ours. */
const OUT_OF_ORDER = { code: "out_of_order", type: "api_error" } as const;

/** Servers that leave out numbers, indexes or whole steps of the lifecycle are understood where only one reading is left. */
export function createReader(): ReplyReader {
  const items = createReaderItems();
  let isStarted = false;
  let isOver = false;

  function start(id: unknown): readonly ReplyEvent[] {
    if (isStarted) return [];
    isStarted = true;
    return [{ type: "reply-start", id: stringOf(id) || undefined }];
  }

  function fail(error: unknown): readonly ReplyEvent[] {
    isOver = true;
    return [{ type: "reply-fail", error }];
  }

  function end(response: JsonObject): readonly ReplyEvent[] {
    const events = items.end(listOf(response.output));
    if (!events) return fail(OUT_OF_ORDER);
    isOver = true;
    const usage = readUsage(response.usage);
    const finish = finishOf(response, items.hasCalls());
    return [
      ...start(response.id),
      ...events,
      ...(usage ? [{ type: "usage-tell", usage } as const] : []),
      { type: "reply-finish", finish, stopSequence: undefined },
      { type: "reply-end" },
    ];
  }

  return {
    push({ data }) {
      if (isOver || data.trim() === DONE) return [];
      const event = parse(data);
      if (!isObject(event)) return [{ type: "noise" }];
      const error = errorOf(event);
      if (error !== undefined) return fail(error);
      const type = stringOf(event.type);
      const response = isObject(event.response) ? event.response : {};
      if (BEGINNINGS.has(type)) return start(response.id);
      if (ENDS.has(type)) return response.status === "failed" ? fail(response) : end(response);
      const events = items.take(event);
      if (!events) return fail(OUT_OF_ORDER);
      return events.length > 0 ? [...start(undefined), ...events] : events;
    },
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** The upstream's error in any shape seen: the event itself, a member of it, that of a failed response, FastAPI's `detail`. */
function errorOf(event: JsonObject): unknown {
  const { type, error, detail } = event;
  if (error !== undefined && error !== null) return error;
  if (type === "error" || event.object === "error") return event;
  if (FAILURES.has(stringOf(type))) {
    const response = isObject(event.response) ? event.response : {};
    return response.error ?? event;
  }
  return type === undefined && detail !== undefined && detail !== null ? detail : undefined;
}
