/** A response as OpenAI streams it. */
import type {
  Response,
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from "openai/resources/responses/responses";
import { namedFrame, type Said, stream, words } from "./upstream-chat.ts";

export type Call = ResponseFunctionToolCall | ResponseCustomToolCall;
type Item = ResponseReasoningItem | ResponseOutputMessage | Call;
/** As it is sent: without what the client library adds. */
export type SentResponse = Omit<Response, "output_text" | "access_programs" | "output"> & {
  readonly output: Item[];
};

type Unnumbered<E> = E extends unknown ? Omit<E, "sequence_number"> : never;
type Event = Unnumbered<ResponseStreamEvent>;

/** The response as a stream: created, every item and part added and done, completed. */
export function streamResponse(response: SentResponse): Said {
  const { usage, completed_at, ...rest } = response;
  const begun = { ...rest, status: "in_progress", output: [] } as unknown as Response;
  const events: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...response.output.flatMap((item, index) => itemEvents(item, index)),
    { type: "response.completed", response: response as unknown as Response },
  ];
  const failed = { type: "error", code: "server_error", message: "Internal failure.", param: null };
  return {
    ...stream(events.map((event, index) => namedFrame({ ...event, sequence_number: index }))),
    errorFrame: namedFrame({ ...failed, sequence_number: events.length }),
  };
}

function itemEvents(item: Item, output_index: number): Event[] {
  const { empty, events } = partsOf(item, { output_index, item_id: item.id ?? "" });
  return [
    { type: "response.output_item.added", output_index, item: empty },
    ...events,
    { type: "response.output_item.done", output_index, item },
  ];
}

interface Place {
  readonly output_index: number;
  readonly item_id: string;
}

function partsOf(item: Item, at: Place): { empty: Item; events: Event[] } {
  switch (item.type) {
    case "reasoning":
      return {
        empty: { ...item, summary: [] },
        events: item.summary.flatMap((part, index) =>
          summaryEvents(part.text, { ...at, summary_index: index }),
        ),
      };
    case "message": {
      const [part] = item.content;
      const text = part?.type === "output_text" ? part.text : "";
      return {
        empty: { ...item, status: "in_progress", content: [] },
        events: textEvents(text, { ...at, content_index: 0 }),
      };
    }
    case "function_call": {
      const pieces = [item.arguments.slice(0, 5), item.arguments.slice(5)];
      return {
        empty: { ...item, status: "in_progress", arguments: "" },
        events: [
          ...pieces.map((delta) => ({
            type: "response.function_call_arguments.delta" as const,
            ...at,
            delta,
          })),
          { type: "response.function_call_arguments.done", ...at, arguments: item.arguments },
        ],
      };
    }
    case "custom_tool_call":
      return {
        empty: { ...item, input: "" },
        events: [
          ...words(item.input).map((delta) => ({
            type: "response.custom_tool_call_input.delta" as const,
            ...at,
            delta,
          })),
          { type: "response.custom_tool_call_input.done", ...at, input: item.input },
        ],
      };
  }
}

function summaryEvents(text: string, at: Place & { readonly summary_index: number }): Event[] {
  const part = (said: string) => ({ type: "summary_text" as const, text: said });
  return [
    { type: "response.reasoning_summary_part.added", ...at, part: part("") },
    ...words(text).map((delta) => ({
      type: "response.reasoning_summary_text.delta" as const,
      ...at,
      delta,
    })),
    { type: "response.reasoning_summary_text.done", ...at, text },
    { type: "response.reasoning_summary_part.done", ...at, part: part(text) },
  ];
}

function textEvents(text: string, at: Place & { readonly content_index: number }): Event[] {
  const part = (said: string) => ({
    type: "output_text" as const,
    text: said,
    annotations: [],
    logprobs: [],
  });
  return [
    { type: "response.content_part.added", ...at, part: part("") },
    ...words(text).map((delta) => ({
      type: "response.output_text.delta" as const,
      ...at,
      delta,
      logprobs: [],
    })),
    { type: "response.output_text.done", ...at, text, logprobs: [] },
    { type: "response.content_part.done", ...at, part: part(text) },
  ];
}
