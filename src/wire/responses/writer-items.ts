/** Items of a streamed answer in the Responses dialect while they are open. */
import type { PartHead, Proof, ReplyEvent } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import {
  callItem,
  type ItemStatus,
  inputTextOf,
  isForeign,
  messageItem,
  reasoningItem,
} from "./write-output.ts";
import { writeCitations } from "./write-parts.ts";

/** An event as a frame; adds the type and the sequence number. */
export type Emit = (type: string, members: JsonObject) => string;

/** Where an item stands in the answer. */
export interface Place {
  readonly id: string;
  readonly outputIndex: number;
  readonly emit: Emit;
}

/** One open item; each method gives the frames that it brings about. */
export interface OpenItem {
  readonly outputIndex: number;
  readonly isMessage: boolean;
  /** Frames that begin the item. */
  open(): string;
  /** A text or refusal begins in a message; nothing elsewhere. */
  openPart(head: PartHead): string;
  take(event: ReplyEvent): string;
  /** The part that is open has come to its end; the item may go on. */
  closePart(): string;
  /** Frames that end the item, and the item as it is now. */
  close(status: ItemStatus): { readonly frames: string; readonly item: JsonObject };
}

/** A content part of a message while it grows. */
interface OpenText {
  readonly kind: "text" | "refusal";
  text: string;
  readonly annotations: JsonObject[];
  readonly logprobs: unknown[];
}

/** A message; texts and refusals follow each other in it. */
export function openMessage({ id, outputIndex, emit }: Place): OpenItem {
  const content: JsonObject[] = [];
  let part: OpenText | undefined;
  const where = () => ({ item_id: id, output_index: outputIndex, content_index: content.length });

  function takeDelta(event: ReplyEvent, open: OpenText): string {
    if (event.type === "text-delta") {
      const { text: delta, logprobs = [] } = event;
      open.text += delta;
      open.logprobs.push(...logprobs);
      return emit("response.output_text.delta", { ...where(), delta, logprobs });
    }
    if (event.type === "refusal-delta") {
      open.text += event.text;
      return emit("response.refusal.delta", { ...where(), delta: event.text });
    }
    if (event.type !== "citation-add") return "";
    let frames = "";
    for (const annotation of writeCitations([event.citation], open.text.length)) {
      const members = { ...where(), annotation_index: open.annotations.length, annotation };
      frames += emit("response.output_text.annotation.added", members);
      open.annotations.push(annotation);
    }
    return frames;
  }

  return {
    outputIndex,
    isMessage: true,
    open: () => emitItem(emit, outputIndex, messageItem({ id, status: "in_progress" }, [])),
    openPart(head) {
      part = {
        kind: head.kind === "refusal" ? "refusal" : "text",
        text: "",
        annotations: [],
        logprobs: [],
      };
      return emit("response.content_part.added", { ...where(), part: contentOf(part) });
    },
    take: (event) => (part ? takeDelta(event, part) : ""),
    closePart() {
      if (!part) return "";
      const { kind, text, logprobs } = part;
      const done =
        kind === "text"
          ? emit("response.output_text.done", { ...where(), text, logprobs })
          : emit("response.refusal.done", { ...where(), refusal: text });
      const written = contentOf(part);
      const frames = done + emit("response.content_part.done", { ...where(), part: written });
      content.push(written);
      part = undefined;
      return frames;
    },
    close: (status) => closeItem(emit, outputIndex, messageItem({ id, status }, content)),
  };
}

function contentOf({ kind, text, annotations, logprobs }: OpenText): JsonObject {
  if (kind === "refusal") return { type: "refusal", refusal: text };
  return { type: "output_text", text, annotations, logprobs };
}

/** Reasoning, shown as one summary; redacted reasoning shows nothing. */
export function openReasoning(
  head: Extract<PartHead, { kind: "reasoning" | "redacted" }>,
  { id, outputIndex, emit }: Place,
): OpenItem {
  let text = "";
  let proof: Proof | undefined;
  let isShown = false;
  const where = { item_id: id, output_index: outputIndex, summary_index: 0 };
  const itemOf = (status: ItemStatus) =>
    reasoningItem(head.kind === "redacted" ? head : { kind: "reasoning", text, proof }, {
      id,
      status,
    });

  function show(): string {
    if (isShown) return "";
    isShown = true;
    const part = { type: "summary_text", text: "" };
    return emit("response.reasoning_summary_part.added", { ...where, part });
  }

  return {
    outputIndex,
    isMessage: false,
    open: () => emitItem(emit, outputIndex, itemOf("in_progress")),
    openPart: () => "",
    take(event) {
      if (event.type === "proof-add") proof = event.proof;
      if (event.type !== "reasoning-delta") return "";
      text += event.text;
      const members = { ...where, delta: event.text };
      return show() + emit("response.reasoning_summary_text.delta", members);
    },
    closePart() {
      if (!isShown && (head.kind === "redacted" || !isForeign({ proof }))) return "";
      const begun = show();
      const done = emit("response.reasoning_summary_text.done", { ...where, text });
      const part = { type: "summary_text", text };
      return begun + done + emit("response.reasoning_summary_part.done", { ...where, part });
    },
    close: (status) => closeItem(emit, outputIndex, itemOf(status)),
  };
}

/** A call of a function or of a custom tool. */
export function openCall(
  head: Extract<PartHead, { kind: "call" }>,
  { id, outputIndex, emit }: Place,
): OpenItem {
  let input = "";
  const where = { item_id: id, output_index: outputIndex };
  const type = head.custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
  const member = head.custom ? "input" : "arguments";
  const itemOf = (status: ItemStatus) => callItem(head, { head: { id, status }, input });

  function add(delta: string): string {
    input += delta;
    return emit(`${type}.delta`, { ...where, delta });
  }

  return {
    outputIndex,
    isMessage: false,
    open: () => emitItem(emit, outputIndex, itemOf("in_progress")),
    openPart: () => "",
    take: (event) => (event.type === "input-delta" ? add(event.text) : ""),
    closePart() {
      const whole = inputTextOf({ custom: head.custom, input });
      const rest = whole === input ? "" : add(whole);
      return rest + emit(`${type}.done`, { ...where, [member]: input });
    },
    close: (status) => closeItem(emit, outputIndex, itemOf(status)),
  };
}

function emitItem(emit: Emit, outputIndex: number, item: JsonObject): string {
  return emit("response.output_item.added", { output_index: outputIndex, item });
}

function closeItem(
  emit: Emit,
  outputIndex: number,
  item: JsonObject,
): { frames: string; item: JsonObject } {
  return { frames: emit("response.output_item.done", { output_index: outputIndex, item }), item };
}
