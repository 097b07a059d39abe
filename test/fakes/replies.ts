/** A whole answer as the events of its stream, and events back to the answer with their order checked. */
import type {
  CallPart,
  Citation,
  Finish,
  Part,
  PartHead,
  Proof,
  ReasoningPart,
  Reply,
  ReplyEvent,
} from "../../src/conversation.ts";

/** The events of `reply`; each text comes in pieces of at most `pieceChars` UTF-16 units, never inside a pair. */
export function eventsOf(
  reply: Reply,
  { pieceChars = Number.POSITIVE_INFINITY }: { pieceChars?: number } = {},
): ReplyEvent[] {
  const events: ReplyEvent[] = [{ type: "reply-start", id: reply.id }];
  let logprobs = reply.logprobs;
  reply.parts.forEach((part, index) => {
    for (const event of eventsOfPart(part, index, pieceChars)) {
      const carries = event.type === "text-delta" && logprobs !== undefined;
      events.push(carries ? { ...event, logprobs } : event);
      if (carries) logprobs = undefined;
    }
  });
  events.push({ type: "reply-finish", finish: reply.finish, stopSequence: reply.stopSequence });
  if (reply.usage) events.push({ type: "usage-tell", usage: reply.usage });
  events.push({ type: "reply-end" });
  return events;
}

function eventsOfPart(part: Part, index: number, pieceChars: number): ReplyEvent[] {
  const pieces = (text: string) => piecesOf(text, pieceChars);
  const between = (head: PartHead, inner: readonly ReplyEvent[]): ReplyEvent[] => [
    { type: "part-start", index, part: head },
    ...inner,
    { type: "part-end", index },
  ];
  switch (part.kind) {
    case "text": {
      const texts = pieces(part.text).map((text) => ({ type: "text-delta", index, text }) as const);
      const citations = (part.citations ?? []).map(
        (citation) => ({ type: "citation-add", index, citation }) as const,
      );
      return between({ kind: "text" }, [...texts, ...citations]);
    }
    case "refusal":
      return between(
        { kind: "refusal" },
        pieces(part.text).map((text) => ({ type: "refusal-delta", index, text }) as const),
      );
    case "reasoning": {
      const texts = pieces(part.text).map(
        (text) => ({ type: "reasoning-delta", index, text }) as const,
      );
      const proofs = part.proof ? [{ type: "proof-add", index, proof: part.proof } as const] : [];
      return between({ kind: "reasoning", id: part.id }, [...texts, ...proofs]);
    }
    case "redacted":
      return between(part, []);
    case "call": {
      const { input, cache: _, ...head } = part;
      return between(
        head,
        pieces(input).map((text) => ({ type: "input-delta", index, text }) as const),
      );
    }
    default:
      throw new Error(`no stream carries a part of kind ${part.kind}`);
  }
}

function piecesOf(text: string, pieceChars: number): string[] {
  if (text === "") return [];
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    if (piece !== "" && piece.length + character.length > pieceChars) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** A part that grows. */
interface Growing {
  readonly head: PartHead;
  text: string;
  proof: Proof | undefined;
  readonly citations: Citation[];
  isOpen: boolean;
}

const DELTA_OF = {
  "text-delta": "text",
  "reasoning-delta": "reasoning",
  "refusal-delta": "refusal",
  "input-delta": "call",
  "citation-add": "text",
  "proof-add": "reasoning",
} as const;

/** The parts of a stream as they grow. @throws Error naming the first rule of order that is broken. */
function createParts() {
  const growing: Growing[] = [];

  function openPart(index: number, kind: PartHead["kind"]): Growing {
    const part = growing[index];
    if (!part) throw new Error(`part ${index} was never started`);
    if (!part.isOpen) throw new Error(`part ${index} has ended`);
    if (part.head.kind !== kind) throw new Error(`part ${index} is no ${kind}`);
    return part;
  }

  function start(index: number, head: PartHead): void {
    if (index !== growing.length) throw new Error(`part ${index} is out of turn`);
    const blocks = growing.some(
      (part) => part.isOpen && (part.head.kind !== "call" || head.kind !== "call"),
    );
    if (blocks) throw new Error(`part ${index} starts while another is open`);
    growing.push({ head, text: "", proof: undefined, citations: [], isOpen: true });
  }

  return {
    take(event: ReplyEvent): void {
      switch (event.type) {
        case "part-start":
          start(event.index, event.part);
          break;
        case "part-end": {
          const part = growing[event.index];
          if (!part?.isOpen) throw new Error(`part ${event.index} is not open`);
          part.isOpen = false;
          break;
        }
        case "text-delta":
        case "reasoning-delta":
        case "refusal-delta":
        case "input-delta":
          openPart(event.index, DELTA_OF[event.type]).text += event.text;
          break;
        case "proof-add":
          openPart(event.index, DELTA_OF[event.type]).proof = event.proof;
          break;
        case "citation-add":
          openPart(event.index, DELTA_OF[event.type]).citations.push(event.citation);
          break;
        default:
          throw new Error(`${event.type} in a good stream`);
      }
    },
    hasOpen: () => growing.some((part) => part.isOpen),
    whole: () => growing.map(partOf),
  };
}

/**
 * What a complete stream says. An answer without logprobs or citations has undefined in their place.
 * @throws Error naming the first rule of order that is broken, for `reply-fail`, `noise`, and without `reply-end`.
 */
export function replyOf(events: readonly ReplyEvent[]): Reply {
  const parts = createParts();
  let id: string | undefined;
  let started = false;
  let ended = false;
  let finish: Finish | undefined;
  let stopSequence: string | undefined;
  let usage: Reply["usage"];
  let logprobs: readonly unknown[] | undefined;
  for (const event of events) {
    if (ended) throw new Error(`${event.type} after the end`);
    if (!started && event.type !== "reply-start") throw new Error(`${event.type} before the start`);
    if (event.type === "usage-tell") {
      usage = event.usage;
    } else if (event.type === "reply-end") {
      if (!finish) throw new Error("the end comes before the finish");
      ended = true;
    } else if (finish) {
      throw new Error(`${event.type} after finish`);
    } else if (event.type === "reply-start") {
      if (started) throw new Error("the reply starts twice");
      started = true;
      id = event.id;
    } else if (event.type === "reply-finish") {
      if (parts.hasOpen()) throw new Error("a part is open at the end");
      ({ finish, stopSequence } = event);
    } else {
      parts.take(event);
      if (event.type === "text-delta" && event.logprobs) {
        logprobs = [...(logprobs ?? []), ...event.logprobs];
      }
    }
  }
  if (!ended || !finish) throw new Error("the stream has no end");
  return { id, parts: parts.whole(), finish, stopSequence, usage, logprobs };
}

function partOf({ head, text, proof, citations }: Growing): Part {
  switch (head.kind) {
    case "text":
      return { kind: "text", text, citations: citations.length > 0 ? citations : undefined };
    case "refusal":
      return { kind: "refusal", text };
    case "reasoning":
      return { kind: "reasoning", text, proof, id: head.id } satisfies ReasoningPart;
    case "redacted":
      return head;
    case "call":
      return { ...head, input: text } satisfies CallPart;
  }
}
