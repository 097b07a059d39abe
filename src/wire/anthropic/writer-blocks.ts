/** Parts of a streamed answer as content blocks, one after the other. */
import type { PartHead, ReplyEvent } from "../../conversation.ts";
import { frame } from "../sse.ts";
import { writeCitation } from "./citation.ts";
import { UNPROVEN, writeProof } from "./signature.ts";

/** Events that belong to a part. */
export type PartEvent = Extract<ReplyEvent, { readonly index: number }>;

/** Writes the blocks of one stream. */
export interface BlockWriter {
  /** Complete frames; "" while another block must end first. */
  write(event: PartEvent): string;
  /** Frames of all that is not written or not ended yet. */
  close(): string;
  hasCalls(): boolean;
  /** Characters of the answer so far. */
  chars(): number;
}

interface Block {
  readonly part: number;
  readonly head: PartHead;
  /** Position in the message; undefined: not begun. */
  index: number | undefined;
  /** JSON of the deltas that came while another block was open. */
  held: string[];
  isProven: boolean;
  hasEnded: boolean;
}

/**
 * The dialect has one open block. What comes for a later one (calls side by side) waits until that ends. A text or
 * reasoning that says nothing becomes no block.
 */
export function createBlockWriter(): BlockWriter {
  const queue: Block[] = [];
  let written = 0;
  let calls = 0;
  let chars = 0;

  function begin(block: Block): string {
    if (block.index !== undefined) return "";
    block.index = written++;
    return startFrame(block.index, block.head);
  }

  function delta(block: Block, json: string): string {
    const began = begin(block);
    const data = `{"type":"content_block_delta","index":${block.index},"delta":${json}}`;
    return began + frame({ event: "content_block_delta", data });
  }

  function end(block: Block): string {
    if (block.index === undefined) return "";
    const isBare = block.head.kind === "reasoning" && !block.isProven;
    const proof = isBare ? delta(block, signature(UNPROVEN)) : "";
    return proof + stopFrame(block.index);
  }

  /** The first in the queue says all it knows; when it has ended, so does the next. */
  function drain(): string {
    let frames = "";
    for (let block = queue[0]; block !== undefined; block = queue[0]) {
      if (block.head.kind === "call" || block.head.kind === "redacted") frames += begin(block);
      for (const json of block.held) frames += delta(block, json);
      block.held = [];
      if (!block.hasEnded) return frames;
      frames += end(block);
      queue.shift();
    }
    return frames;
  }

  function start(part: number, head: PartHead): string {
    if (head.kind === "call") calls++;
    queue.push({ part, head, index: undefined, held: [], isProven: false, hasEnded: false });
    return queue.length === 1 ? drain() : "";
  }

  function add(block: Block, json: string): string {
    if (block === queue[0]) return delta(block, json);
    block.held.push(json);
    return "";
  }

  return {
    write(event) {
      if (event.type === "part-start") return start(event.index, event.part);
      const first = queue[0];
      const block = queue.find(({ part }) => part === event.index);
      if (block === undefined) return "";
      if (event.type === "part-end") {
        block.hasEnded = true;
        return block === first ? drain() : "";
      }
      if ("text" in event) chars += event.text.length;
      if (event.type === "proof-add") block.isProven = true;
      const json = deltaOf(event);
      return json === "" ? "" : add(block, json);
    },
    close() {
      for (const block of queue) block.hasEnded = true;
      return drain();
    },
    hasCalls: () => calls > 0,
    chars: () => chars,
  };
}

function stopFrame(index: number): string {
  return frame({
    event: "content_block_stop",
    data: `{"type":"content_block_stop","index":${index}}`,
  });
}

function startFrame(index: number, head: PartHead): string {
  const data = `{"type":"content_block_start","index":${index},"content_block":${beginningOf(head)}}`;
  return frame({ event: "content_block_start", data });
}

function beginningOf(head: PartHead): string {
  switch (head.kind) {
    case "text":
    case "refusal":
      return '{"type":"text","text":""}';
    case "reasoning":
      return '{"type":"thinking","thinking":"","signature":""}';
    case "redacted":
      return JSON.stringify({ type: "redacted_thinking", data: writeProof(head.proof) });
    case "call":
      return JSON.stringify({ type: "tool_use", id: head.id, name: head.name, input: {} });
  }
}

/** "": nothing to say. */
function deltaOf(event: Exclude<PartEvent, { type: "part-start" | "part-end" }>): string {
  switch (event.type) {
    case "text-delta":
    case "refusal-delta":
      return event.text && `{"type":"text_delta","text":${JSON.stringify(event.text)}}`;
    case "reasoning-delta":
      return event.text && `{"type":"thinking_delta","thinking":${JSON.stringify(event.text)}}`;
    case "input-delta":
      return (
        event.text && `{"type":"input_json_delta","partial_json":${JSON.stringify(event.text)}}`
      );
    case "proof-add":
      return signature(writeProof(event.proof));
    case "citation-add": {
      const citation = writeCitation(event.citation);
      return citation ? JSON.stringify({ type: "citations_delta", citation }) : "";
    }
  }
}

function signature(text: string): string {
  return `{"type":"signature_delta","signature":${JSON.stringify(text)}}`;
}
