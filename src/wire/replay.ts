/** A whole answer told as a stream, for a client that streams. */
import type { Part, PartHead, Reply, ReplyEvent } from "../conversation.ts";
import { TokenhubError } from "../errors.ts";
import { uniqueReply } from "./call-ids.ts";
import type { ReplyContext } from "./codec.ts";
import type { Wire } from "./wire.ts";

/** UTF-16 units of one delta: frames that every client's buffers hold, and few of them. */
export const PIECE_CHARS_MAX = 4_096;

/** Prefix under which the Responses writer asks for ids of reasoning. */
const REASONING_ID = "rs";

/** A stream in two pieces; what the gateway adds of its own stands between them. */
export interface Replay {
  /** Complete frames of all that the answer says. */
  readonly frames: string;
  /** Complete frames that end it: usage where the client wants it and the dialect tells it last, the success marker. */
  readonly terminator: string;
}

/**
 * The stream of an answer that stands whole in the wire's dialect.
 * @throws AttemptFault transient when the text is no answer of it; TokenhubError internal for a wire without a codec.
 */
export function replayFrames(
  text: string,
  { wire, context }: { readonly wire: Pick<Wire, "codec">; readonly context: ReplyContext },
): Replay {
  const { codec } = wire;
  if (!codec) throw new TokenhubError("internal");
  const reply = uniqueReply(codec.readReply(text));
  const writer = codec.createWriter({ ...context, newId: reasoningIdsKept(reply, context) });
  const frames = eventsOf(reply).map((event) => writer.write(event));
  return { frames: frames.join(""), terminator: writer.write({ type: "reply-end" }) };
}

/** Reasoning is proven under its id, so that it comes back in vain under another one. */
function reasoningIdsKept({ parts }: Reply, { newId }: ReplyContext): ReplyContext["newId"] {
  const thoughts = parts.filter(({ kind }) => kind === "reasoning" || kind === "redacted");
  const ids = thoughts.map((part) => (part.kind === "reasoning" ? part.id : undefined)).values();
  return (prefix) => (prefix === REASONING_ID ? ids.next().value : undefined) ?? newId(prefix);
}

/** All events but the last, which ends the stream. */
function eventsOf(reply: Reply): ReplyEvent[] {
  const { id, finish, stopSequence, usage } = reply;
  return [
    { type: "reply-start", id },
    // Early for dialects that tell it at the start; it is the true one wherever it is told.
    ...(usage ? [{ type: "usage-tell", usage } as const] : []),
    ...withLogprobs(reply.parts.flatMap(eventsOfPart), reply.logprobs),
    { type: "reply-finish", finish, stopSequence },
  ];
}

function eventsOfPart(part: Part, index: number): ReplyEvent[] {
  const start = (head: PartHead) => ({ type: "part-start", index, part: head }) as const;
  const end = { type: "part-end", index } as const;
  switch (part.kind) {
    case "text": {
      const { text, citations = [] } = part;
      const cited = citations.map(
        (citation) => ({ type: "citation-add", index, citation }) as const,
      );
      return [start({ kind: "text" }), ...deltas("text-delta", index, text), ...cited, end];
    }
    case "refusal":
      return [start({ kind: "refusal" }), ...deltas("refusal-delta", index, part.text), end];
    case "reasoning": {
      const { text, proof, id } = part;
      const proven = proof ? [{ type: "proof-add", index, proof } as const] : [];
      const head = start({ kind: "reasoning", id });
      return [head, ...deltas("reasoning-delta", index, text), ...proven, end];
    }
    case "redacted":
      return [start(part), end];
    case "call": {
      const { input, cache: _, ...head } = part;
      return [start(head), ...deltas("input-delta", index, input), end];
    }
    default:
      return [];
  }
}

type DeltaType = "text-delta" | "refusal-delta" | "reasoning-delta" | "input-delta";

function deltas(type: DeltaType, index: number, text: string): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, from);
    events.push({ type, index, text: text.slice(from, to) });
    from = to;
  }
  return events;
}

/** Never between the halves of a surrogate pair. */
function pieceEnd(text: string, from: number): number {
  const to = from + PIECE_CHARS_MAX;
  if (to >= text.length) return text.length;
  return (text.codePointAt(to - 1) ?? 0) > 0xffff ? to - 1 : to;
}

/** An answer keeps them in one list beside its texts, a stream with what was said: they come with the first words. */
function withLogprobs(events: ReplyEvent[], logprobs: Reply["logprobs"]): ReplyEvent[] {
  const first = events.findIndex(({ type }) => type === "text-delta");
  return events.map((event, at) =>
    at === first && event.type === "text-delta" && logprobs ? { ...event, logprobs } : event,
  );
}
