/** The content blocks of one stream, as parts numbered in order of their start. */
import type { PartHead, Proof, ReplyEvent } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { readCitation } from "./citation.ts";
import { readProof } from "./signature.ts";

/** Reads `content_block_start`, `…_delta` and `…_stop`. */
export interface BlockReader {
  /** undefined: the event is out of order, or says what its block cannot. */
  read(event: JsonObject): readonly ReplyEvent[] | undefined;
  /** Ends what is open. */
  close(): readonly ReplyEvent[];
  /** Has any call begun? */
  hasCalls(): boolean;
}

interface OpenBlock {
  /** Number of its part. */
  readonly part: number;
  readonly kind: PartHead["kind"];
  /** Told at the end: the last signature is the true one. */
  proof: Proof | undefined;
  /** Arguments that the start told; they count when no delta comes. */
  input: string;
}

/** A block whose kind is not read, or that has ended. */
type State = OpenBlock | "skipped" | "ended";

type Events = readonly ReplyEvent[] | undefined;

const NOTHING: readonly ReplyEvent[] = [];

/** For one stream. */
export function createBlockReader(): BlockReader {
  const blocks = new Map<number, State>();
  const open = new Set<number>();
  let parts = 0;
  let calls = 0;
  let latest = -1;

  function end(index: number): ReplyEvent[] {
    const block = blocks.get(index);
    blocks.set(index, "ended");
    open.delete(index);
    return typeof block === "object" ? readEnd(block) : [];
  }

  function close(): ReplyEvent[] {
    return [...open].flatMap(end);
  }

  function start(event: JsonObject): Events {
    const index = isIndex(event.index) ? event.index : latest + 1;
    const raw = event.content_block;
    if (blocks.has(index) || !isObject(raw)) return undefined;
    latest = index;
    const head = readHead(raw);
    if (head === null) return undefined;
    const events = head?.kind === "call" && onlyCallsOpen() ? [] : close();
    if (head === undefined) {
      blocks.set(index, "skipped");
      return events;
    }
    if (head.kind === "call") calls++;
    const block: OpenBlock = { part: parts++, kind: head.kind, proof: undefined, input: "" };
    blocks.set(index, block);
    open.add(index);
    events.push({ type: "part-start", index: block.part, part: head });
    events.push(...readBeginning(block, raw));
    return events;
  }

  function onlyCallsOpen(): boolean {
    for (const index of open) {
      const block = blocks.get(index);
      if (typeof block === "object" && block.kind !== "call") return false;
    }
    return true;
  }

  function stop(event: JsonObject): Events {
    const index = isIndex(event.index) ? event.index : latest;
    return blocks.has(index) ? (open.has(index) ? end(index) : NOTHING) : undefined;
  }

  function push(event: JsonObject): Events {
    const block = blocks.get(isIndex(event.index) ? event.index : latest);
    if (block === "skipped") return NOTHING;
    if (block === undefined || block === "ended" || !isObject(event.delta)) return undefined;
    return readDelta(block, event.delta);
  }

  return {
    read(event) {
      if (event.type === "content_block_delta") return push(event);
      return event.type === "content_block_start" ? start(event) : stop(event);
    },
    close,
    hasCalls: () => calls > 0,
  };
}

/** What was held back until nothing could replace it, and the end. */
function readEnd({ part: index, proof, input }: OpenBlock): ReplyEvent[] {
  return [
    ...(input === "" ? [] : [{ type: "input-delta", index, text: input } as const]),
    ...(proof === undefined ? [] : [{ type: "proof-add", index, proof } as const]),
    { type: "part-end", index },
  ];
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** undefined: a kind that is not read; null: not what its kind must be. */
function readHead(raw: JsonObject): PartHead | undefined | null {
  switch (raw.type) {
    case "text":
      return { kind: "text" };
    case "thinking":
      return { kind: "reasoning" };
    case "redacted_thinking": {
      const proof = readProof(raw.data);
      return proof && { kind: "redacted", proof };
    }
    case "tool_use": {
      const { id, name } = raw;
      if (typeof id !== "string" || typeof name !== "string") return null;
      return { kind: "call", id, name, custom: false };
    }
    default:
      return undefined;
  }
}

/** Some servers say with the start what belongs into deltas. */
function readBeginning(block: OpenBlock, raw: JsonObject): readonly ReplyEvent[] {
  const { part: index } = block;
  switch (block.kind) {
    case "text": {
      const citations = Array.isArray(raw.citations) ? raw.citations : [];
      return [...textDelta(index, raw.text), ...citations.flatMap((each) => cite(index, each))];
    }
    case "reasoning":
      block.proof = readProof(raw.signature);
      return reasoningDelta(index, raw.thinking);
    case "call":
      if (typeof raw.input === "string") block.input = raw.input;
      else if (isObject(raw.input) && Object.keys(raw.input).length > 0) {
        block.input = JSON.stringify(raw.input);
      }
      return NOTHING;
    default:
      return NOTHING;
  }
}

/** Kind of block that each delta belongs to, and its text. */
const DELTAS: ReadonlyMap<unknown, { readonly kind: PartHead["kind"]; readonly field: string }> =
  new Map([
    ["text_delta", { kind: "text", field: "text" }],
    ["thinking_delta", { kind: "reasoning", field: "thinking" }],
    ["signature_delta", { kind: "reasoning", field: "signature" }],
    ["input_json_delta", { kind: "call", field: "partial_json" }],
  ]);

function readDelta(block: OpenBlock, delta: JsonObject): Events {
  const { part: index, kind } = block;
  if (delta.type === "citations_delta") {
    return kind === "text" ? cite(index, delta.citation) : undefined;
  }
  const row = DELTAS.get(delta.type);
  if (row === undefined) return NOTHING;
  const text = delta[row.field];
  if (row.kind !== kind || typeof text !== "string") return undefined;
  switch (delta.type) {
    case "text_delta":
      return textDelta(index, text);
    case "thinking_delta":
      return reasoningDelta(index, text);
    case "signature_delta":
      block.proof = readProof(text) ?? block.proof;
      return NOTHING;
    default:
      if (text === "") return NOTHING;
      block.input = "";
      return [{ type: "input-delta", index, text }];
  }
}

function textDelta(index: number, text: unknown): readonly ReplyEvent[] {
  return typeof text === "string" && text !== "" ? [{ type: "text-delta", index, text }] : NOTHING;
}

function reasoningDelta(index: number, text: unknown): readonly ReplyEvent[] {
  if (typeof text !== "string" || text === "") return NOTHING;
  return [{ type: "reasoning-delta", index, text }];
}

function cite(index: number, value: unknown): readonly ReplyEvent[] {
  const citation = readCitation(value);
  return citation === undefined ? NOTHING : [{ type: "citation-add", index, citation }];
}
