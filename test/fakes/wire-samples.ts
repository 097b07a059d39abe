/** A request, an answer and the events of a stream in every dialect. */
import type { Dialect } from "../../src/chat.ts";
import type { EventFacts } from "../../src/wire/wire.ts";

/** What a dialect must bring to be tested; texts have odd spacing, an unknown member and a big integer on purpose. */
export interface Samples {
  /** A request with `tokenhub` control data and output cap 100, streamed where the dialect streams. */
  readonly request: string;
  /** Pieces of it that must survive. */
  readonly untouched: readonly string[];
  /** "hi", 3 prompt tokens, 2 completion tokens; its finish. */
  readonly answer: string;
  readonly finish: string | undefined;
  /** Event data by kind, in the order of a stream; empty: the dialect does not stream. */
  readonly events: readonly (readonly [kind: EventFacts["kind"], data: string])[];
  readonly errorEvent: string;
}

/** One of each dialect. */
export const SAMPLES = {
  openai: {
    request:
      '{ "user_tag":12345678901234567890,"model" : "public-model","messages":[ {"role":"user","content":"h\\u00e9llo"} ],"stream":true,"max_tokens":100,"tokenhub":{"policy":{"mode":"cheap"}} }',
    untouched: [
      '{ "user_tag":12345678901234567890,',
      '[ {"role":"user","content":"h\\u00e9llo"} ]',
    ],
    answer:
      '{"id":"a", "model":"upstream/secret-name","choices":[{"index":0,"message":{"role":"assistant","content":"hi","x":12345678901234567890},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
    finish: "stop",
    events: [
      [
        "content",
        '{"id":"a", "model":"upstream/secret-name","choices":[{"index":0,"delta":{"content":"hi","x":12345678901234567890}}]}',
      ],
      [
        "finish",
        '{"id":"a","model":"upstream/secret-name","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
      ],
      [
        "usage",
        '{"id":"a","model":"upstream/secret-name","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
      ],
      ["terminator", "[DONE]"],
    ],
    errorEvent: '{"error":{"message":"secret upstream text","code":500}}',
  },
  anthropic: {
    request:
      '{ "user_tag":12345678901234567890,"model" : "public-model","messages":[ {"role":"user","content":"h\\u00e9llo"} ],"stream":true,"max_tokens":100,"tokenhub":{"policy":{"mode":"cheap"}} }',
    untouched: [
      '{ "user_tag":12345678901234567890,',
      '[ {"role":"user","content":"h\\u00e9llo"} ]',
    ],
    answer:
      '{"id":"msg_a", "type":"message","role":"assistant","model":"upstream/secret-name","content":[{"type":"text","text":"hi","x":12345678901234567890}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}',
    finish: "end_turn",
    events: [
      [
        "other",
        '{"type":"message_start","message":{"id":"msg_a","type":"message","role":"assistant","model":"upstream/secret-name","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}',
      ],
      [
        "other",
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
      ],
      [
        "content",
        '{"type":"content_block_delta","index":0, "delta":{"type":"text_delta","text":"hi","x":12345678901234567890}}',
      ],
      ["other", '{"type":"content_block_stop","index":0}'],
      [
        "finish",
        '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}',
      ],
      ["terminator", '{"type":"message_stop"}'],
    ],
    errorEvent: '{"type":"error","error":{"type":"api_error","message":"secret upstream text"}}',
  },
  responses: {
    request:
      '{ "user_tag":12345678901234567890,"model" : "public-model","input":[ {"role":"user","content":"h\\u00e9llo"} ],"stream":true,"max_output_tokens":100,"tokenhub":{"policy":{"mode":"cheap"}} }',
    untouched: [
      '{ "user_tag":12345678901234567890,',
      '[ {"role":"user","content":"h\\u00e9llo"} ]',
    ],
    answer:
      '{"id":"resp_a", "object":"response","status":"completed","error":null,"incomplete_details":null,"model":"upstream/secret-name","output":[{"type":"message","id":"msg_a","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[],"x":12345678901234567890}]}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}',
    finish: "completed",
    events: [
      [
        "other",
        '{"type":"response.created","sequence_number":0,"response":{"id":"resp_a","object":"response","status":"in_progress","model":"upstream/secret-name","output":[]}}',
      ],
      [
        "other",
        '{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"msg_a","role":"assistant","status":"in_progress","content":[]}}',
      ],
      [
        "other",
        '{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_a","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}',
      ],
      [
        "content",
        '{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_a","output_index":0,"content_index":0, "delta":"hi","logprobs":[],"x":12345678901234567890}',
      ],
      [
        "terminator",
        '{"type":"response.completed","sequence_number":4,"response":{"id":"resp_a","object":"response","status":"completed","model":"upstream/secret-name","output":[],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}}',
      ],
    ],
    errorEvent:
      '{"type":"error","sequence_number":0,"code":"server_error","message":"secret upstream text","param":null}',
  },
  embeddings: {
    request:
      '{ "user_tag":12345678901234567890,"model" : "public-model","input":[ "h\\u00e9llo" ],"tokenhub":{"policy":{"mode":"cheap"}} }',
    untouched: ['{ "user_tag":12345678901234567890,', '[ "h\\u00e9llo" ]'],
    answer:
      '{"object":"list", "model":"upstream/secret-name","data":[{"object":"embedding","index":0,"embedding":[0.5],"x":12345678901234567890}],"usage":{"prompt_tokens":3,"total_tokens":3}}',
    finish: undefined,
    events: [],
    errorEvent: "",
  },
} as const satisfies Record<Dialect, Samples>;
