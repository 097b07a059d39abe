/** Numbers the parts of a streamed answer and keeps the rules of their order: only calls are open side by side. */
import type { Part, PartHead, ReplyEvent } from "../../conversation.ts";

/** Parts of one stream. Events gather until they are drained. */
export interface PartTrack {
  /** Ids of all calls so far. */
  readonly callIds: ReadonlySet<string>;
  /** Begins a part and ends those that may not stay open beside it. */
  start(head: PartHead): number;
  /** Is this part open, and of this kind? */
  isOpen(index: number, kind: PartHead["kind"]): boolean;
  /** Adds text to an open part; other parts and empty texts without `carried` are left alone. */
  grow(index: number, text: string, carried?: Carried): void;
  /** Adds what is missing of the whole text, judged by its length. */
  fill(index: number, whole: string): void;
  /** Characters so far. */
  charsOf(index: number): number;
  end(index: number): void;
  endAll(): void;
  /** A whole part at once. */
  tell(part: Part): void;
  push(event: ReplyEvent): void;
  /** Parts so far. */
  count(): number;
  drain(): readonly ReplyEvent[];
}

/** What a piece of text brings along. */
interface Carried {
  readonly logprobs?: readonly unknown[];
}

interface Tracked {
  readonly kind: PartHead["kind"];
  chars: number;
  isOpen: boolean;
}

const DELTAS = {
  text: "text-delta",
  refusal: "refusal-delta",
  reasoning: "reasoning-delta",
  call: "input-delta",
} as const satisfies Partial<Record<PartHead["kind"], ReplyEvent["type"]>>;

/** No parts yet. */
export function createPartTrack(): PartTrack {
  const parts: Tracked[] = [];
  const callIds = new Set<string>();
  let events: ReplyEvent[] = [];
  const openParts = new Set<number>();

  function start(head: PartHead): number {
    for (const index of openParts) {
      if (head.kind !== "call" || parts[index]?.kind !== "call") end(index);
    }
    const index = parts.length;
    parts.push({ kind: head.kind, chars: 0, isOpen: true });
    openParts.add(index);
    if (head.kind === "call") callIds.add(head.id);
    events.push({ type: "part-start", index, part: head });
    return index;
  }

  function grow(index: number, text: string, carried: Carried = {}): void {
    const part = parts[index];
    if (!part?.isOpen || part.kind === "redacted") return;
    if (text === "" && !carried.logprobs) return;
    part.chars += text.length;
    events.push({ type: DELTAS[part.kind], index, text, ...carried });
  }

  function end(index: number): void {
    const part = parts[index];
    if (!part?.isOpen) return;
    part.isOpen = false;
    openParts.delete(index);
    events.push({ type: "part-end", index });
  }

  function tell(part: Part): void {
    const head = headOf(part);
    if (!head) return;
    const index = start(head);
    if (part.kind === "call") grow(index, part.input);
    else if ("text" in part) grow(index, part.text);
    if (part.kind === "reasoning" && part.proof) {
      events.push({ type: "proof-add", index, proof: part.proof });
    }
    for (const citation of part.kind === "text" ? (part.citations ?? []) : []) {
      events.push({ type: "citation-add", index, citation });
    }
    end(index);
  }

  return {
    callIds,
    start,
    isOpen: (index, kind) => parts[index]?.isOpen === true && parts[index].kind === kind,
    grow,
    fill: (index, whole) => grow(index, whole.slice(parts[index]?.chars ?? 0)),
    charsOf: (index) => parts[index]?.chars ?? 0,
    end,
    endAll() {
      for (const index of openParts) end(index);
    },
    tell,
    push: (event) => void events.push(event),
    count: () => parts.length,
    drain() {
      const drained = events;
      events = [];
      return drained;
    },
  };
}

/** undefined: no part of an answer. */
function headOf(part: Part): PartHead | undefined {
  switch (part.kind) {
    case "text":
    case "refusal":
      return { kind: part.kind };
    case "reasoning":
      return { kind: "reasoning", id: part.id };
    case "redacted":
      return part;
    case "call": {
      const { input: _, cache: __, ...head } = part;
      return head;
    }
    default:
      return undefined;
  }
}
