/** Writes a streamed answer in the Responses dialect. */
import type { Usage } from "../../chat.ts";
import type { Finish, PartHead, ReplyEvent } from "../../conversation.ts";
import type { ReplyContext, ReplyWriter } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { frame } from "../sse.ts";
import { endingOf, responseId, writeResponse } from "./envelope.ts";
import { callPrefix, type ItemStatus } from "./write-output.ts";
import { type Emit, type OpenItem, openCall, openMessage, openReasoning } from "./writer-items.ts";

/**
 * The full lifecycle of events. The dialect's last event repeats the whole answer, so that its items are kept until
 * then; an item whose parts have ended stays open until it is known whether the answer was cut in it.
 */
export function createWriter(context: ReplyContext): ReplyWriter {
  const output: JsonObject[] = [];
  const items = new Map<number, OpenItem>();
  let sequence = 0;
  let id = "";
  let outputCount = 0;
  let last: OpenItem | undefined;
  let finish: Finish = "stop";
  let usage: Usage | undefined;

  const emit: Emit = (type, members) =>
    frame({ event: type, data: JSON.stringify({ type, sequence_number: sequence++, ...members }) });

  function closeLast(status: ItemStatus): string {
    if (!last) return "";
    const { frames, item } = last.close(status);
    output[last.outputIndex] = item;
    last = undefined;
    return frames;
  }

  function startReply(event: ReplyEvent & { type: "reply-start" }): string {
    id = responseId(event.id, context);
    const response = writeResponse({ id, finish: undefined, output: [], usage }, context);
    return emit("response.created", { response }) + emit("response.in_progress", { response });
  }

  function startPart(index: number, head: PartHead): string {
    const isSpoken = head.kind === "text" || head.kind === "refusal";
    if (isSpoken && last?.isMessage) {
      items.set(index, last);
      return last.openPart(head);
    }
    const closed = closeLast("completed");
    const item = openItem(head);
    items.set(index, item);
    return closed + item.open() + item.openPart(head);
  }

  function openItem(head: PartHead): OpenItem {
    const place = (prefix: string) => {
      return { id: context.newId(prefix), outputIndex: outputCount++, emit };
    };
    switch (head.kind) {
      case "call":
        return openCall(head, place(callPrefix(head)));
      case "reasoning":
      case "redacted":
        return openReasoning(head, place("rs"));
      default:
        return openMessage(place("msg"));
    }
  }

  function endPart(index: number): string {
    const item = items.get(index);
    if (!item) return "";
    items.delete(index);
    const closed = last === item ? "" : closeLast("completed");
    last = item;
    return closed + item.closePart();
  }

  function endReply(): string {
    const { status } = endingOf(finish);
    const closed = closeLast(status);
    const response = writeResponse({ id, finish, output, usage }, context);
    return closed + emit(`response.${status}`, { response });
  }

  return {
    write(event) {
      switch (event.type) {
        case "reply-start":
          return startReply(event);
        case "part-start":
          return startPart(event.index, event.part);
        case "part-end":
          return endPart(event.index);
        case "usage-tell":
          usage = event.usage;
          return "";
        case "reply-finish":
          finish = event.finish;
          return closeLast(endingOf(finish).status);
        case "reply-end":
          return endReply();
        case "reply-fail":
        case "noise":
          return "";
        default:
          return items.get(event.index)?.take(event) ?? "";
      }
    },
  };
}
