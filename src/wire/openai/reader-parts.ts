/** The parts of a streamed answer: which one is open, and what number the next one has. */
import type { PartHead, Proof, ReplyEvent } from "../../conversation.ts";
import { createReaderCalls } from "./reader-calls.ts";

/** Texts, of which only one is open at a time. */
type Said = "text" | "refusal" | "reasoning";

/** Every function adds its events to `out`. */
export interface ReaderParts {
  /** Opens a part of this kind unless one is open; its number. */
  ensure(kind: "text" | "refusal", out: ReplyEvent[]): number;
  /** A part that is whole at once. */
  whole(part: PartHead, out: ReplyEvent[]): void;
  /** @throws Disorder when the call has ended. */
  call(delta: Readonly<Record<string, unknown>>, out: ReplyEvent[]): void;
  reason(text: string, out: ReplyEvent[], id?: string): void;
  prove(proof: Proof, out: ReplyEvent[], id?: string): void;
  /** Is this the text of the reasoning that is open? */
  hasReasoned(text: string): boolean;
  /** Number of the text that is open; undefined: none is. */
  openText(): number | undefined;
  /** Has any call begun? */
  hasCalls(): boolean;
  /** @throws Disorder for a call without a name. */
  close(out: ReplyEvent[]): void;
}

/** The parts of one answer; `replyId` tells the answer's id. */
export function createReaderParts(replyId: () => string | undefined): ReaderParts {
  let next = 0;
  let open: { kind: Said; index: number } | undefined;
  let thought = "";
  let isProved = false;
  const calls = createReaderCalls({
    start(part, out) {
      closeSaid(out);
      return start(part, out);
    },
    replyId,
  });

  function start(part: PartHead, out: ReplyEvent[]): number {
    const index = next++;
    out.push({ type: "part-start", index, part });
    return index;
  }

  function closeSaid(out: ReplyEvent[]): void {
    if (open) out.push({ type: "part-end", index: open.index });
    open = undefined;
  }

  function close(out: ReplyEvent[]): void {
    closeSaid(out);
    calls.close(out);
  }

  function ensure(kind: Said, out: ReplyEvent[], id?: string): number {
    // What is proved cannot grow.
    if (open?.kind === kind && !(kind === "reasoning" && isProved)) return open.index;
    close(out);
    thought = "";
    isProved = false;
    const index = start(kind === "reasoning" ? { kind, id } : { kind }, out);
    open = { kind, index };
    return index;
  }

  return {
    ensure,
    close,
    whole(part, out) {
      close(out);
      out.push({ type: "part-end", index: start(part, out) });
    },
    call: (delta, out) => calls.take(delta, out),
    reason(text, out, id) {
      const index = ensure("reasoning", out, id);
      thought += text;
      out.push({ type: "reasoning-delta", index, text });
    },
    prove(proof, out, id) {
      out.push({ type: "proof-add", index: ensure("reasoning", out, id), proof });
      isProved = true;
    },
    hasReasoned: (text) => open?.kind === "reasoning" && !isProved && text === thought,
    openText: () => (open?.kind === "text" ? open.index : undefined),
    hasCalls: () => calls.any(),
  };
}
