/** Streams for Anthropic clients. */
import type { Finish, ReplyEvent } from "../../conversation.ts";
import type { ReplyContext, ReplyWriter } from "../codec.ts";
import { frame } from "../sse.ts";
import { writeFinish } from "./finish.ts";
import { messageId } from "./write-reply.ts";
import { writeUsage } from "./write-usage.ts";
import { createBlockWriter } from "./writer-blocks.ts";

/**
 * A writer for one stream. Reason, usage and end go out together with `reply-end`, `message_stop` as the last frame;
 * until then the prompt's size is the estimate.
 */
export function createWriter(context: ReplyContext): ReplyWriter {
  const { promptTokens } = context.request.facts;
  const blocks = createBlockWriter();
  let started = false;
  let finish: Finish = "stop";
  let stopSequence: string | undefined;
  let usage: Extract<ReplyEvent, { type: "usage-tell" }>["usage"] | undefined;

  function start(id: string | undefined): string {
    if (started) return "";
    started = true;
    return named("message_start", {
      message: {
        id: messageId(id, context),
        type: "message",
        role: "assistant",
        model: context.modelId,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: writeUsage(usage, { promptTokens, outputChars: 1 }),
      },
    });
  }

  function end(): string {
    const rest = blocks.close();
    const delta = {
      stop_reason: writeFinish(finish, blocks.hasCalls()),
      stop_sequence: stopSequence ?? null,
    };
    const told = writeUsage(usage, { promptTokens, outputChars: blocks.chars() });
    return rest + named("message_delta", { delta, usage: told }) + named("message_stop", {});
  }

  return {
    write(event) {
      switch (event.type) {
        case "reply-start":
          return start(event.id);
        case "usage-tell":
          usage = event.usage;
          return "";
        case "reply-finish":
          finish = event.finish;
          stopSequence = event.stopSequence;
          return "";
        case "reply-end":
          return start(undefined) + end();
        case "reply-fail":
        case "noise":
          return "";
        default:
          return start(undefined) + blocks.write(event);
      }
    },
  };
}

function named(event: string, members: Readonly<Record<string, unknown>>): string {
  return frame({ event, data: JSON.stringify({ type: event, ...members }) });
}
