/** Chunks of a stream of the OpenAI chat dialect, as complete frames. */
import type { Usage } from "../../chat.ts";
import type { Finish } from "../../conversation.ts";
import type { ReplyContext } from "../codec.ts";
import { frame } from "../sse.ts";
import { terminatorFrame } from "./stream.ts";
import { finishReason, writeHead, writeUsage } from "./write-reply.ts";

type Members = Readonly<Record<string, unknown>>;

/** Which call a chunk belongs to. */
export interface CalledChunk {
  /** Counts the calls, from 0. */
  readonly number: number;
  readonly custom: boolean;
}

/** Every function gives frames; "" where the client's spelling has no place for a call. */
export interface Chunks {
  start(id: string | undefined): string;
  delta(said: Members, logprobs?: readonly unknown[]): string;
  call(call: CalledChunk, named: { id: string; name: string }): string;
  input(call: CalledChunk, piece: string): string;
  finish(finish: Finish): string;
  /** Usage, where it is known and was asked for, and the success marker. */
  end(usage: Usage | undefined): string;
}

/** Frames of one stream; what every chunk begins with is written once. */
export function createChunks(context: ReplyContext): Chunks {
  let usesFunctions = false;
  let prefix = "";
  // Where usage was asked for, chunks before it say that they have none.
  const tail = context.usageWanted ? `],"usage":null}` : "]}";

  function choice(delta: string, { logprobs = "null", reason = "null" } = {}): string {
    return frame({
      data: `${prefix}{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${reason}}${tail}`,
    });
  }

  function delta(said: Members, logprobs?: readonly unknown[]): string {
    if (!logprobs) return choice(JSON.stringify(said));
    const told = JSON.stringify({ content: logprobs, refusal: null });
    return choice(JSON.stringify(said), { logprobs: told });
  }

  return {
    delta,
    start(id: string | undefined): string {
      const begun = writeHead(id, context);
      usesFunctions = begun.usesFunctions;
      const opening = JSON.stringify({ ...begun.head, object: "chat.completion.chunk" });
      prefix = `${opening.slice(0, -1)},"choices":[`;
      return delta({ role: "assistant", content: "" });
    },
    call({ number, custom }: CalledChunk, { id, name }: { id: string; name: string }): string {
      if (usesFunctions) {
        return number === 0 ? delta({ function_call: { name, arguments: "" } }) : "";
      }
      const called = custom
        ? { index: number, id, type: "custom", custom: { name, input: "" } }
        : { index: number, id, type: "function", function: { name, arguments: "" } };
      return delta({ tool_calls: [called] });
    },
    input({ number, custom }: CalledChunk, piece: string): string {
      if (usesFunctions) {
        return number === 0 ? delta({ function_call: { arguments: piece } }) : "";
      }
      const said = custom ? { custom: { input: piece } } : { function: { arguments: piece } };
      return delta({ tool_calls: [{ index: number, ...said }] });
    },
    finish(finish: Finish): string {
      return choice("{}", { reason: JSON.stringify(finishReason(finish, usesFunctions)) });
    },
    end(usage: Usage | undefined): string {
      if (!usage || !context.usageWanted) return terminatorFrame;
      const told = JSON.stringify(writeUsage(usage));
      return frame({ data: `${prefix}],"usage":${told}}` }) + terminatorFrame;
    },
  };
}
