/** The calls of a streamed answer, put together from deltas that number them well, badly or not at all. */
import type { PartHead, ReplyEvent } from "../../conversation.ts";
import { callIdOf } from "../call-ids.ts";
import { readCalled } from "./read-reply.ts";

type Members = Readonly<Record<string, unknown>>;

/** Thrown inside a reader when the pieces of an answer make no sense; `code` is our own word for it. */
export class Disorder extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = "Disorder";
    this.code = code;
  }
}

/** A call whose beginning has been seen. */
interface SeenCall {
  /** The upstream's own number; undefined: it gave none. */
  readonly upstreamIndex: number | undefined;
  upstreamId: string | undefined;
  /** Number of the part; undefined: held back until its name is known. */
  index: number | undefined;
  /** Input that came before the name. */
  held: string;
  isOpen: boolean;
}

/** What a delta says of the call itself. */
interface Named {
  readonly id: string | undefined;
  readonly index: number | undefined;
  readonly name: string;
}

/** All calls of one answer. */
export interface ReaderCalls {
  /** @throws Disorder `out_of_order` for the delta of a call that has ended. */
  take(delta: Members, out: ReplyEvent[]): void;
  /** @throws Disorder `call_without_name`. */
  close(out: ReplyEvent[]): void;
  /** Has any call begun? */
  any(): boolean;
}

/** `start` opens a part and tells its number; `replyId` is asked for calls without an id of their own. */
export function createReaderCalls(host: {
  start(part: PartHead, out: ReplyEvent[]): number;
  replyId(): string | undefined;
}): ReaderCalls {
  const calls: SeenCall[] = [];
  const ids = new Set<string>();

  function begin({ id, index }: Named): SeenCall {
    const call: SeenCall = {
      upstreamIndex: index,
      upstreamId: id,
      index: undefined,
      held: "",
      isOpen: true,
    };
    calls.push(call);
    return call;
  }

  function reveal(call: SeenCall, head: { name: string; custom: boolean }): PartHead {
    const at = { replyId: host.replyId(), index: calls.indexOf(call), taken: ids };
    const id = callIdOf(call.upstreamId, at);
    ids.add(id);
    return { kind: "call", id, ...head };
  }

  return {
    take(delta, out) {
      const { name, input, custom } = readCalled(delta);
      const said = {
        id: typeof delta.id === "string" && delta.id !== "" ? delta.id : undefined,
        index: Number.isInteger(delta.index) ? Number(delta.index) : undefined,
        name,
      };
      const call = find(calls, said) ?? begin(said);
      if (!call.isOpen) throw new Disorder("out_of_order");
      call.upstreamId ??= said.id;
      let text = input;
      if (call.index === undefined) {
        call.held += input;
        if (name === "") return;
        call.index = host.start(reveal(call, { name, custom }), out);
        text = call.held;
      }
      if (text !== "") out.push({ type: "input-delta", index: call.index, text });
    },
    close(out) {
      for (const call of calls) {
        if (!call.isOpen) continue;
        if (call.index === undefined) throw new Disorder("call_without_name");
        call.isOpen = false;
        out.push({ type: "part-end", index: call.index });
      }
    },
    any: () => calls.length > 0,
  };
}

/** The call that a delta goes on with; undefined: it begins a new one. */
function find(calls: readonly SeenCall[], { id, index, name }: Named): SeenCall | undefined {
  if (index === undefined) {
    if (id !== undefined) return calls.findLast((call) => call.upstreamId === id);
    return name === "" ? calls.at(-1) : undefined;
  }
  const found = calls.findLast((call) => call.upstreamIndex === index);
  // Some servers number every call 0, others make a new id for each delta: only both with a name mean a new call.
  const isNew = found?.index !== undefined && name !== "" && id !== undefined;
  return isNew && id !== found.upstreamId ? undefined : found;
}
