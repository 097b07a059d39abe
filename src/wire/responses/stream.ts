/** Stream events of the Responses dialect. */
import type { TokenhubError } from "../../errors.ts";
import type { ReplyContext } from "../codec.ts";
import { isObject, spliceText } from "../json.ts";
import { errorBody } from "../openai/errors.ts";
import { frame, type SseEvent } from "../sse.ts";
import type { EventFacts, EventPath } from "../wire.ts";
import { finishOf } from "./answer.ts";
import {
  endingType,
  hideModel,
  idOf,
  isEnding,
  STATUSES,
  seedOf,
  writeResponse,
} from "./lifecycle.ts";
import { createNumbers, createPlaces, type Places } from "./repair.ts";
import { toldOf } from "./turn.ts";
import { itemChars, readUsage, textChars } from "./usage.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const NOTHING = {
  kind: "other",
  usage: undefined,
  finish: undefined,
  outputChars: 0,
  error: undefined,
  frame: "",
} as const satisfies EventFacts;

/** Names that may stand in an `event:` line. */
const NAME = /^[a-z_.]{1,80}$/;
/** Items whose mere beginning says something. */
const SPEAKING_ITEMS: ReadonlySet<unknown> = new Set([
  "function_call",
  "custom_tool_call",
  "reasoning",
]);

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** The upstream's error in any shape seen: an object, a string, an `error` event, FastAPI's `detail`. */
function errorOf(event: JsonObject, type: string | undefined): unknown {
  const { error, detail, response } = event;
  if (error !== undefined && error !== null) return error;
  if (type === "error" || event.object === "error") return event;
  if (type === undefined && detail !== undefined && detail !== null) return detail;
  const failed = isObject(response) ? response : {};
  if (type !== "response.failed" && failed.status !== "failed") return undefined;
  return failed.error ?? failed;
}

/** The type that an event tells in its data, or else in its `event:` line. */
function typeOf(event: JsonObject, name: string | undefined): string | undefined {
  if (typeof event.type === "string") return event.type;
  return name !== undefined && NAME.test(name) ? name : undefined;
}

/** One event: its text, what it parsed to, its type. */
interface Told {
  readonly data: string;
  readonly event: JsonObject;
  readonly type: string;
}

/**
 * Relays a stream of this dialect: each event is read once and keeps its own text but for what a server left out.
 * The response that the first and last events carry names the public model.
 */
export function openStream(context: ReplyContext): EventPath {
  const numbers = createNumbers();
  const places = createPlaces();
  let id: string | undefined;
  let over = false;

  /** The event's frame, numbered; `type` may be another than it told. */
  function write({ data, event, type }: Told, changes: Record<string, string>): string {
    if (type !== event.type) changes.type = JSON.stringify(type);
    const number = numbers.take(event.sequence_number);
    if (number !== undefined) changes.sequence_number = `${number}`;
    const isChanged = Object.keys(changes).length > 0;
    const text = isChanged ? spliceText(data, changes) : data;
    return frame(NAME.test(type) ? { event: type, data: text } : { data: text });
  }

  function pushResponse(told: Told): EventFacts {
    const { response } = told.event;
    if (!isObject(response)) return { ...NOTHING, kind: "invalid" };
    id ??= idOf(response) ?? context.newId("resp");
    const type = endingType(told.type, response);
    const createdAtSeconds = Math.floor(context.nowMs / 1000);
    const { modelId, request } = context;
    const repeated = request.turn && toldOf(request.turn);
    const facts = { type, modelId, id, createdAtSeconds, told: repeated };
    const changes = { response: writeResponse(told.data, response, facts) };
    over = isEnding(type);
    return {
      ...NOTHING,
      kind: over ? "terminator" : "other",
      usage: readUsage(response.usage),
      finish: over ? endOf(type, response) : undefined,
      frame: write({ ...told, type }, changes),
    };
  }

  function pushEvent(told: Told): EventFacts {
    const { speaks, outputChars } = hear(told, places);
    const seed = seedOf(id ?? "");
    const { changes, before } = places.place(told.event, { type: told.type, seed });
    let frames = "";
    if (before) {
      const opened = { ...before, sequence_number: numbers.own() };
      frames = frame({ event: before.type, data: JSON.stringify(opened) });
    }
    frames += write(
      told,
      Object.assign(changes, hideModel(told.data, told.event, context.modelId)),
    );
    return { ...NOTHING, kind: speaks ? "content" : "other", outputChars, frame: frames };
  }

  return {
    push({ data, event: name }: SseEvent) {
      // Some servers of the dialect end like the chat dialect; here it means nothing.
      if (over || data.trim() === "[DONE]") return NOTHING;
      const event = parse(data);
      if (!isObject(event)) return { ...NOTHING, kind: "invalid" };
      const type = typeOf(event, name);
      const error = errorOf(event, type);
      if (error !== undefined) {
        over = true;
        return { ...NOTHING, kind: "error", error };
      }
      if (type === undefined) return NOTHING;
      const told = { data, event, type };
      return STATUSES.has(type) ? pushResponse(told) : pushEvent(told);
    },
    errorFrame: (error, requestId) =>
      errorFrame(error, { requestId, sequenceNumber: numbers.own() }),
  };
}

/** The status of a cut response may still say that it is complete. */
function endOf(type: string, response: JsonObject): string | undefined {
  const finish = finishOf(response);
  return finish === undefined || finish === "completed" ? STATUSES.get(type) : finish;
}

/** Does the event say something, and how much that no event before it said? */
function hear({ event, type }: Told, places: Places): { speaks: boolean; outputChars: number } {
  if (type.endsWith(".delta")) {
    const outputChars = textChars(event.delta);
    places.tell(event, outputChars);
    return { speaks: event.delta !== "" && event.delta !== undefined, outputChars };
  }
  const { item } = event;
  if (type === "response.output_item.added") {
    return { speaks: isObject(item) && SPEAKING_ITEMS.has(item.type), outputChars: 0 };
  }
  if (type !== "response.output_item.done" || !isObject(item)) {
    return { speaks: false, outputChars: 0 };
  }
  // An answer without deltas is an answer too.
  const outputChars = Math.max(0, itemChars(item) - places.tell(event, 0));
  return { speaks: true, outputChars };
}

/**
 * An `error` event. The published form is flat, what the vendor sends has `error` inside: clients were made for
 * either, so it has both.
 */
export function errorFrame(
  error: TokenhubError,
  { requestId, sequenceNumber }: { requestId: string; sequenceNumber: number },
): string {
  const { code, message, param = null } = error;
  const event = {
    type: "error",
    sequence_number: sequenceNumber,
    code,
    message,
    param,
    ...errorBody(error, requestId),
  };
  return frame({ event: "error", data: JSON.stringify(event) });
}
