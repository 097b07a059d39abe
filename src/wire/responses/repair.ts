/**
 * What servers leave out of Responses events and the official SDKs insist on: numbers of events, places of
 * items and parts, ids of items, the event that opens a part. What is there and makes sense stays as it is.
 */
import { isObject } from "../json.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** What an event is about: a whole item, its text parts, its summary parts, or nothing below it (a call). */
type About = "item" | "part" | "summary" | "call";

const ABOUT: ReadonlyMap<string, About> = new Map([
  ["response.output_item.added", "item"],
  ["response.output_item.done", "item"],
  ["response.content_part.added", "part"],
  ["response.content_part.done", "part"],
  ["response.output_text.delta", "part"],
  ["response.output_text.done", "part"],
  ["response.output_text.annotation.added", "part"],
  ["response.refusal.delta", "part"],
  ["response.refusal.done", "part"],
  ["response.reasoning_text.delta", "part"],
  ["response.reasoning_text.done", "part"],
  ["response.reasoning_summary_part.added", "summary"],
  ["response.reasoning_summary_part.done", "summary"],
  ["response.reasoning_summary_text.delta", "summary"],
  ["response.reasoning_summary_text.done", "summary"],
  ["response.function_call_arguments.delta", "call"],
  ["response.function_call_arguments.done", "call"],
  ["response.custom_tool_call_input.delta", "call"],
  ["response.custom_tool_call_input.done", "call"],
]);

const PART = "response.content_part.added";
const SUMMARY_PART = "response.reasoning_summary_part.added";

/** A delta → the event that opens the part in which it stands. */
const OPENERS: ReadonlyMap<string, { readonly type: string; readonly part: JsonObject }> = new Map([
  [
    "response.output_text.delta",
    { type: PART, part: { type: "output_text", text: "", annotations: [] } },
  ],
  ["response.refusal.delta", { type: PART, part: { type: "refusal", refusal: "" } }],
  ["response.reasoning_text.delta", { type: PART, part: { type: "reasoning_text", text: "" } }],
  [
    "response.reasoning_summary_text.delta",
    { type: SUMMARY_PART, part: { type: "summary_text", text: "" } },
  ],
]);

/** Members to put into an event, and an event that must go before it. */
export interface Repairs {
  /** Raw JSON by key. */
  readonly changes: Record<string, string>;
  /** Without its number. */
  before: { readonly type: string; readonly [member: string]: unknown } | undefined;
}

/** An item that is open. */
interface Item {
  readonly index: number;
  readonly id: string;
  readonly callId: string | undefined;
  parts: number;
  summaries: number;
  /** Characters that deltas told of it. */
  chars: number;
}

/** The items of one stream that are open. */
interface Items {
  /** The open item that an event belongs to; the latest when the event does not say. */
  find(event: JsonObject): Item | undefined;
  /** The same for an event that brings the whole item. */
  findWhole(event: JsonObject, value: JsonObject): Item | undefined;
  open(index: number, value: JsonObject, id: string): void;
  close(item: Item): void;
  /** The place that an item told, that it is known to have, or the next free one. */
  indexOf(told: unknown, known: Item | undefined): number;
}

function createItems(): Items {
  const byIndex = new Map<number, Item>();
  const byName = new Map<string, Item>();
  let latest: Item | undefined;
  let next = 0;

  function find({ item_id: id, output_index: index }: JsonObject): Item | undefined {
    const named = typeof id === "string" ? byName.get(id) : undefined;
    if (named) return named;
    if (isIndex(index)) return byIndex.get(index);
    return typeof id === "string" ? undefined : latest;
  }

  return {
    find,
    findWhole(event, value) {
      const names = [textOf(value.id), textOf(value.call_id)].filter((name) => name !== undefined);
      const named = names.map((name) => byName.get(name)).find((item) => item !== undefined);
      if (named) return named;
      const { output_index } = event;
      return isIndex(output_index) || names.length === 0 ? find({ output_index }) : undefined;
    },
    open(index, value, id) {
      const callId = textOf(value.call_id);
      const { content, summary } = value;
      const parts = Array.isArray(content) ? content.length : 0;
      const summaries = Array.isArray(summary) ? summary.length : 0;
      latest = { index, id, callId, parts, summaries, chars: 0 };
      byIndex.set(index, latest);
      byName.set(id, latest);
      if (callId !== undefined) byName.set(callId, latest);
    },
    close({ index, id, callId }) {
      byIndex.delete(index);
      byName.delete(id);
      if (callId !== undefined) byName.delete(callId);
    },
    indexOf(told, known) {
      const index = isIndex(told) ? told : (known?.index ?? next);
      next = Math.max(next, index + 1);
      return index;
    },
  };
}

/** Follows one stream. */
export interface Places {
  /** To be called once for each event, in order. `seed` makes ids that are missing unlike those of other answers. */
  place(event: JsonObject, about: { type: string; seed: string }): Repairs;
  /** Adds to what deltas told of the item that this event belongs to; how much that is by now. */
  tell(event: JsonObject, chars: number): number;
}

/** Nothing is open yet. Memory: the open items. */
export function createPlaces(): Places {
  const items = createItems();
  return {
    place(event, { type, seed }) {
      const about = ABOUT.get(type);
      if (about === undefined) return { changes: {}, before: undefined };
      if (about === "item") return placeItem(items, event, { type, seed });
      return placeInItem(items, event, { type, about });
    },
    tell(event, chars) {
      const item = isObject(event.item) ? items.findWhole(event, event.item) : items.find(event);
      if (!item) return 0;
      item.chars += chars;
      return item.chars;
    },
  };
}

function placeItem(
  items: Items,
  event: JsonObject,
  { type, seed }: { type: string; seed: string },
): Repairs {
  const changes: Record<string, string> = {};
  if (!isObject(event.item)) return { changes, before: undefined };
  const value = event.item;
  const isDone = type === "response.output_item.done";
  const known = isDone ? items.findWhole(event, value) : undefined;
  const index = items.indexOf(event.output_index, known);
  if (event.output_index !== index) changes.output_index = `${index}`;
  const told = textOf(value.id);
  const id = told ?? known?.id ?? makeItemId(value, { index, seed });
  if (told === undefined) changes.item = JSON.stringify({ ...value, id });
  if (!isDone) items.open(index, value, id);
  else if (known) items.close(known);
  return { changes, before: undefined };
}

function placeInItem(
  items: Items,
  event: JsonObject,
  { type, about }: { type: string; about: About },
): Repairs {
  const repairs: Repairs = { changes: {}, before: undefined };
  const item = items.find(event);
  if (!item) return repairs;
  const { changes } = repairs;
  if (event.item_id !== item.id) changes.item_id = JSON.stringify(item.id);
  if (!isIndex(event.output_index)) changes.output_index = `${item.index}`;
  if (about === "call") return repairs;

  const isSummary = about === "summary";
  const key = isSummary ? "summary_index" : "content_index";
  const count = isSummary ? "summaries" : "parts";
  const opens = type.endsWith("_part.added");
  const told = event[key];
  const index = isIndex(told) ? told : opens ? item[count] : Math.max(item[count] - 1, 0);
  if (index !== told) changes[key] = `${index}`;
  const opener = OPENERS.get(type);
  if (opener && index === item[count]) {
    repairs.before = { ...opener, item_id: item.id, output_index: item.index, [key]: index };
  }
  if (opens || opener) item[count] = Math.max(item[count], index + 1);
  return repairs;
}

const PREFIXES: ReadonlyMap<unknown, string> = new Map([
  ["message", "msg"],
  ["reasoning", "rs"],
  ["function_call", "fc"],
  ["custom_tool_call", "ctc"],
]);

/**
 * The id of an item that came without one; always the same for the same item. A call's own id serves where it
 * looks like one, since servers without ids refer to their calls by it.
 */
export function makeItemId(item: JsonObject, at: { index: number; seed: string }): string {
  const prefix = PREFIXES.get(item.type) ?? "item";
  const callId = textOf(item.call_id);
  if (callId === undefined) return `${prefix}_${at.seed}_${at.index}`;
  return callId.startsWith(`${prefix}_`) ? callId : `${prefix}_${callId}`;
}

/** Numbers the events of one stream. */
export interface Numbers {
  /** The number to write; undefined: the event's own is right. */
  take(told: unknown): number | undefined;
  /** The number of an event of our own; from then on all are ours. */
  own(): number;
}

/** The upstream's numbers as long as each is there and larger than the last, from then on our own. */
export function createNumbers(): Numbers {
  let next = 0;
  let isOwn = false;
  return {
    take(told) {
      isOwn ||= !isIndex(told) || told < next;
      if (isOwn) return next++;
      next = Number(told) + 1;
      return undefined;
    },
    own() {
      isOwn = true;
      return next++;
    },
  };
}

/** A place in a list that some list may have. */
function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= INDEX_MAX;
}

/** Far beyond any answer; sums with it stay safe. */
const INDEX_MAX = 1_000_000_000;

/** undefined: no text, or an empty one. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
