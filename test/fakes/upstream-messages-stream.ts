/** A message as Anthropic streams it. */
import type {
  ContentBlock,
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages/messages";
import { namedFrame, type Said, stream, words } from "./upstream-chat.ts";

const ERROR_FRAME = namedFrame({
  type: "error",
  error: { type: "api_error", message: "Internal failure." },
});

/** The message as a stream of Anthropic events. */
export function streamMessage(message: Message): Said {
  const { content, stop_reason, usage } = message;
  const opened = { ...usage, output_tokens: 1 };
  const head = { ...message, content: [], stop_reason: null, usage: opened };
  const events: (RawMessageStreamEvent | { type: "ping" })[] = [
    { type: "message_start", message: head },
    ...content.flatMap((block, index) => blockEvents(block, index)),
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null, stop_details: null, container: null },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: usage.output_tokens_details,
        server_tool_use: null,
      },
    },
    { type: "message_stop" },
  ];
  // Where the vendor has its first one.
  events.splice(2, 0, { type: "ping" });
  return { ...stream(events.map(namedFrame)), errorFrame: ERROR_FRAME };
}

function blockEvents(block: ContentBlock, index: number): RawMessageStreamEvent[] {
  const parts = partsOf(block);
  return [
    { type: "content_block_start", index, content_block: parts.empty },
    ...parts.deltas.map((delta) => ({ type: "content_block_delta" as const, index, delta })),
    { type: "content_block_stop", index },
  ];
}

function partsOf(block: ContentBlock): { empty: ContentBlock; deltas: RawContentBlockDelta[] } {
  switch (block.type) {
    case "text":
      return {
        empty: { ...block, text: "" },
        deltas: words(block.text).map((text) => ({ type: "text_delta", text })),
      };
    case "thinking":
      return {
        empty: { ...block, thinking: "", signature: "" },
        deltas: [
          ...words(block.thinking).map((thinking) => ({
            type: "thinking_delta" as const,
            thinking,
          })),
          { type: "signature_delta", signature: block.signature },
        ],
      };
    case "tool_use": {
      const text = JSON.stringify(block.input);
      const pieces = ["", text.slice(0, 5), text.slice(5)];
      return {
        empty: { ...block, input: {} },
        deltas: pieces.map((partial_json) => ({ type: "input_json_delta", partial_json })),
      };
    }
    default:
      return { empty: block, deltas: [] };
  }
}
