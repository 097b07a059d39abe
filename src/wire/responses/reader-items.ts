/** Output items of a stream of the Responses dialect, as parts that start, grow and end. */
import type { PartHead, ReplyEvent } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { unpackProof } from "../proof.ts";
import { reasoningOf } from "./items.ts";
import { callHeadOf, inputOf, listOf, readOutputItem, stringOf } from "./output.ts";
import { createPartTrack, type PartTrack } from "./part-track.ts";
import { readCitation } from "./parts.ts";

/** An item as far as the stream told of it. */
interface Item {
  readonly outputIndex: number | undefined;
  readonly id: string | undefined;
  /** The part of a call or of reasoning; of a message the content part that began last. */
  part: number | undefined;
  /** Which content part of a message that is; undefined: the server does not say. */
  contentIndex: number | undefined;
  /** Which of the two texts of reasoning is told. */
  shown: "summary" | "text" | undefined;
  /** A further summary has begun. */
  isNextSummary: boolean;
  /** It was never added, and it takes more than a delta to know what it is. */
  isOwed: boolean;
  isOver: boolean;
}

/** All items of one stream. undefined from a method: the stream broke the order, and is of no more use. */
export interface ReaderItems {
  take(event: JsonObject): readonly ReplyEvent[] | undefined;
  /** Ends what is open; `output` is the whole answer, for what the stream itself did not tell. */
  end(output: readonly JsonObject[]): readonly ReplyEvent[] | undefined;
  hasCalls(): boolean;
}

type Take = (event: JsonObject, state: State) => boolean;

/** State of one stream. A handler answers false when the order is broken. */
interface State {
  readonly track: PartTrack;
  readonly items: Item[];
}

const PARAGRAPH = "\n\n";

const HANDLERS: ReadonlyMap<unknown, Take> = new Map<unknown, Take>([
  ["response.output_item.added", addItem],
  ["response.output_item.done", endItem],
  ["response.content_part.added", addContent],
  ["response.content_part.done", endContent],
  ["response.output_text.delta", (event, state) => speak(event, { kind: "text", state })],
  ["response.refusal.delta", (event, state) => speak(event, { kind: "refusal", state })],
  ["response.output_text.annotation.added", cite],
  ["response.output_text.done", (event, state) => complete(event, { member: "text", state })],
  ["response.refusal.done", (event, state) => complete(event, { member: "refusal", state })],
  ["response.reasoning_summary_part.added", nextSummary],
  [
    "response.reasoning_summary_text.delta",
    (event, state) => think(event, { from: "summary", state }),
  ],
  ["response.reasoning_text.delta", (event, state) => think(event, { from: "text", state })],
  ["response.function_call_arguments.delta", input],
  ["response.custom_tool_call_input.delta", input],
  [
    "response.function_call_arguments.done",
    (event, state) => complete(event, { member: "arguments", state }),
  ],
  [
    "response.custom_tool_call_input.done",
    (event, state) => complete(event, { member: "input", state }),
  ],
]);

/** Nothing is known yet. */
export function createReaderItems(): ReaderItems {
  const state: State = { track: createPartTrack(), items: [] };
  const { track } = state;
  return {
    take(event) {
      const handle = HANDLERS.get(event.type);
      if (!handle) return [];
      return handle(event, state) ? track.drain() : undefined;
    },
    end(output) {
      return finishItems(output, state) ? track.drain() : undefined;
    },
    hasCalls: () => track.callIds.size > 0,
  };
}

/** The item an event speaks of: by its place, else by its id, else the last one. */
function findItem(event: JsonObject, { items }: State): Item | undefined {
  const { output_index: index } = event;
  const id = stringOf(event.item_id) || idOf(event.item);
  if (typeof index === "number") {
    const found = items.findLast((item) => item.outputIndex === index);
    if (found) return found;
  }
  if (id !== "") return items.findLast((item) => item.id === id);
  return typeof index === "number" ? undefined : items.at(-1);
}

function idOf(item: unknown): string {
  return stringOf(asObject(item).id);
}

function asObject(value: unknown): JsonObject {
  return listOf([value])[0] ?? {};
}

function newItem(event: JsonObject, state: State): Item {
  const { output_index: index } = event;
  const item: Item = {
    outputIndex: typeof index === "number" ? index : undefined,
    id: stringOf(event.item_id) || idOf(event.item) || undefined,
    part: undefined,
    contentIndex: undefined,
    shown: undefined,
    isNextSummary: false,
    isOwed: false,
    isOver: false,
  };
  state.items.push(item);
  return item;
}

function startPart(item: Item, head: PartHead, { track }: State): number {
  item.part = track.start(head);
  return item.part;
}

function addItem(event: JsonObject, state: State): boolean {
  const told = asObject(event.item);
  const item = newItem(event, state);
  const { type } = told;
  if (type === "function_call" || type === "custom_tool_call") {
    const head = callHeadOf(told);
    if (!head) return false;
    startPart(item, head, state);
  } else if (type === "reasoning") {
    const part = reasoningOf(told);
    const id = item.id;
    startPart(item, part.kind === "redacted" ? part : { kind: "reasoning", id }, state);
  }
  return true;
}

function addContent(event: JsonObject, state: State): boolean {
  const { type } = asObject(event.part);
  if (type !== "output_text" && type !== "refusal") return true;
  const item = findItem(event, state) ?? newItem(event, state);
  startPart(item, { kind: type === "refusal" ? "refusal" : "text" }, state);
  item.contentIndex = contentIndexOf(event);
  return true;
}

function endContent(event: JsonObject, state: State): boolean {
  const { type } = asObject(event.part);
  if (type !== "output_text" && type !== "refusal") return true;
  const item = findItem(event, state);
  if (item?.part !== undefined) state.track.end(item.part);
  return true;
}

/** The open part of an item; `kind` is begun where the server did not say so. undefined: it has ended. */
function openPartOf(
  event: JsonObject,
  { kind, state }: { kind: "text" | "refusal" | "reasoning"; state: State },
): { readonly item: Item; readonly part: number } | undefined {
  const item = findItem(event, state) ?? newItem(event, state);
  const contentIndex = contentIndexOf(event);
  // The server left out that the next content part began.
  const isNext = kind !== "reasoning" && contentIndex !== item.contentIndex && !item.isOver;
  if (item.part === undefined || (isNext && !state.track.isOpen(item.part, kind))) {
    startPart(item, { kind }, state);
    item.contentIndex = contentIndex;
  }
  const { part } = item;
  if (part === undefined) return undefined;
  return state.track.isOpen(part, kind) ? { item, part } : undefined;
}

function contentIndexOf({ content_index: index }: JsonObject): number | undefined {
  return typeof index === "number" ? index : undefined;
}

function speak(
  event: JsonObject,
  { kind, state }: { kind: "text" | "refusal"; state: State },
): boolean {
  const open = openPartOf(event, { kind, state });
  if (!open) return false;
  const { delta, logprobs } = event;
  if (typeof delta !== "string") return true;
  const carried = Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs } : {};
  state.track.grow(open.part, delta, carried);
  return true;
}

function cite(event: JsonObject, state: State): boolean {
  const citation = readCitation(event.annotation);
  if (!citation) return true;
  const open = openPartOf(event, { kind: "text", state });
  if (!open) return false;
  state.track.push({ type: "citation-add", index: open.part, citation });
  return true;
}

function think(
  event: JsonObject,
  { from, state }: { from: "summary" | "text"; state: State },
): boolean {
  const open = openPartOf(event, { kind: "reasoning", state });
  if (!open) return false;
  const { item, part } = open;
  item.shown ??= from;
  if (typeof event.delta !== "string" || item.shown !== from) return true;
  const between = item.isNextSummary && state.track.charsOf(part) > 0 ? PARAGRAPH : "";
  item.isNextSummary = false;
  state.track.grow(part, between + event.delta);
  return true;
}

function nextSummary(event: JsonObject, state: State): boolean {
  const item = findItem(event, state);
  if (item) item.isNextSummary = true;
  return true;
}

/** A call that was never added has no name yet: its end will tell all of it. */
function input(event: JsonObject, state: State): boolean {
  const item = findItem(event, state) ?? newItem(event, state);
  if (item.part === undefined) {
    item.isOwed = true;
    return true;
  }
  if (!state.track.isOpen(item.part, "call")) return false;
  if (typeof event.delta === "string") state.track.grow(item.part, event.delta);
  return true;
}

/** What the deltas left out of the whole text. */
function complete(event: JsonObject, { member, state }: { member: string; state: State }): boolean {
  const item = findItem(event, state);
  if (item?.part !== undefined) state.track.fill(item.part, stringOf(event[member]));
  return true;
}

function endItem(event: JsonObject, state: State): boolean {
  const told = asObject(event.item);
  const item = findItem(event, state) ?? newItem(event, state);
  if (item.isOver) return true;
  item.isOwed = false;
  item.isOver = true;
  const { part } = item;
  if (part === undefined) return tellItem(told, state);
  if (state.track.isOpen(part, "call")) state.track.fill(part, inputOf(told));
  if (state.track.isOpen(part, "reasoning")) endReasoning(told, { part, state });
  state.track.end(part);
  return true;
}

function endReasoning(told: JsonObject, { part, state }: { part: number; state: State }): void {
  const { track } = state;
  const whole = reasoningOf(told);
  if (track.charsOf(part) === 0 && whole.kind === "reasoning") track.fill(part, whole.text);
  const sealed = stringOf(told.encrypted_content);
  if (sealed === "") return;
  track.push({ type: "proof-add", index: part, proof: unpackProof(sealed, "responses") });
}

/** A whole item at once. */
function tellItem(told: JsonObject, { track }: State): boolean {
  const parts = readOutputItem(told);
  if (!parts) return false;
  for (const part of parts) track.tell(part);
  return true;
}

function finishItems(output: readonly JsonObject[], state: State): boolean {
  const { track, items } = state;
  track.endAll();
  const isSilent = track.count() === 0;
  const isOwed = items.some((item) => item.isOwed);
  if (!isSilent && !isOwed) return true;
  const calls = output.filter((told) => callHeadOf(told) && isCall(told));
  const untold = isSilent
    ? output
    : calls.filter((told) => !track.callIds.has(callHeadOf(told)?.id ?? ""));
  if (isOwed && untold.length === 0) return false;
  return untold.every((told) => tellItem(told, state));
}

function isCall({ type }: JsonObject): boolean {
  return type === "function_call" || type === "custom_tool_call";
}
