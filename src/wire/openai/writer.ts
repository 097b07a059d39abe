/** The events of a reply to streams of the OpenAI chat dialect. */
import type { Usage } from "../../chat.ts";
import type { Proof, ReasoningPart, RedactedPart, ReplyEvent } from "../../conversation.ts";
import type { ReplyContext, ReplyWriter } from "../codec.ts";
import { type CalledChunk, type Chunks, createChunks } from "./chunks.ts";
import { writeAnnotation } from "./citations.ts";
import { writeDetail } from "./write-reply.ts";

/** Writes one stream. Only reasoning is kept, until its part ends: its proof goes out with the whole text. */
export function createWriter(context: ReplyContext): ReplyWriter {
  const chunks = createChunks(context);
  const calls = createCalls(chunks);
  const thoughts = createThoughts(chunks);
  const text = { offset: 0, chars: 0 };
  let usage: Usage | undefined;

  function start({ index, part }: Extract<ReplyEvent, { type: "part-start" }>): string {
    if (part.kind === "call") return calls.start(index, part);
    if (part.kind === "redacted") return thoughts.tell(part);
    if (part.kind === "reasoning") thoughts.start(part.id);
    if (part.kind === "text") {
      text.offset += text.chars;
      text.chars = 0;
    }
    return "";
  }

  function write(event: ReplyEvent): string {
    switch (event.type) {
      case "reply-start":
        return chunks.start(event.id);
      case "part-start":
        return start(event);
      case "text-delta":
        text.chars += event.text.length;
        return chunks.delta({ content: event.text }, event.logprobs);
      case "reasoning-delta":
        thoughts.add(event.text);
        return chunks.delta({ reasoning_content: event.text });
      case "refusal-delta":
        return chunks.delta({ refusal: event.text });
      case "input-delta":
        return calls.input(event.index, event.text);
      case "proof-add":
        thoughts.prove(event.proof);
        return "";
      case "citation-add": {
        const annotation = writeAnnotation(event.citation, text);
        return annotation ? chunks.delta({ annotations: [annotation] }) : "";
      }
      case "part-end":
        return calls.end(event.index) + thoughts.end();
      case "usage-tell":
        usage = event.usage;
        return "";
      case "reply-finish":
        return chunks.finish(event.finish);
      case "reply-end":
        return chunks.end(usage);
      default:
        return "";
    }
  }

  return { write };
}

/** The calls of one stream, by the number of their part. */
function createCalls(chunks: Chunks) {
  const calls = new Map<number, CalledChunk & { hasInput: boolean }>();
  return {
    start(index: number, part: { id: string; name: string; custom: boolean }): string {
      const call = { number: calls.size, custom: part.custom, hasInput: false };
      calls.set(index, call);
      return chunks.call(call, part);
    },
    input(index: number, piece: string): string {
      const call = calls.get(index);
      if (!call || piece === "") return "";
      call.hasInput = true;
      return chunks.input(call, piece);
    },
    end(index: number): string {
      const call = calls.get(index);
      // Clients parse arguments without looking.
      return !call || call.hasInput || call.custom ? "" : chunks.input(call, "{}");
    },
  };
}

/** The reasoning of one stream, as far as a proof of it has to come back. */
function createThoughts(chunks: Chunks) {
  let told = 0;
  let id: string | undefined;
  let text = "";
  let proof: Proof | undefined;

  /** A detail is told whole: clients that put a stream together keep lists as they come. */
  function tell(part: ReasoningPart | RedactedPart): string {
    return chunks.delta({ reasoning_details: [writeDetail(part, told++)] });
  }

  return {
    tell,
    start(itemId: string | undefined): void {
      id = itemId;
      text = "";
    },
    add(piece: string): void {
      text += piece;
    },
    prove(its: Proof): void {
      proof = its;
    },
    end(): string {
      if (!proof) return "";
      const detail = tell({ kind: "reasoning", id, text, proof });
      proof = undefined;
      return detail;
    },
  };
}
