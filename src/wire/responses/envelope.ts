/** The `response` object around the output of an answer. */
import type { Usage } from "../../chat.ts";
import type { Finish } from "../../conversation.ts";
import type { ReplyContext } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { writeCounts } from "./counts.ts";

const MS_PER_SECOND = 1000;
const VALID_ID = /^resp_[\w-]{1,128}$/;

/** What the answer says where the request says nothing. */
const DEFAULTS = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: "default",
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
  user: null,
  metadata: {},
} as const satisfies JsonObject;

/** How an answer ended in this dialect's words. */
interface Ending {
  readonly status: "completed" | "incomplete";
  readonly incomplete_details: { readonly reason: string } | null;
}

const COMPLETED: Ending = { status: "completed", incomplete_details: null };
const CUT: Ending = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
const FILTERED: Ending = { status: "incomplete", incomplete_details: { reason: "content_filter" } };

const ENDINGS = {
  stop: COMPLETED,
  "stop-sequence": COMPLETED,
  calls: COMPLETED,
  pause: COMPLETED,
  length: CUT,
  context: CUT,
  refusal: FILTERED,
} as const satisfies Record<Finish, Ending>;

/** Status and reason for a finish. */
export function endingOf(finish: Finish): Ending {
  return ENDINGS[finish];
}

/** The upstream's id where it is one of this dialect, else a new one. */
export function responseId(id: string | undefined, context: ReplyContext): string {
  return id !== undefined && VALID_ID.test(id) ? id : context.newId("resp");
}

/** What changes while an answer is written. */
export interface ResponseState {
  readonly id: string;
  /** undefined: still in progress. */
  readonly finish: Finish | undefined;
  readonly output: readonly JsonObject[];
  readonly usage: Usage | undefined;
}

/** The whole object; what the request said is repeated as it was said. */
export function writeResponse(state: ResponseState, context: ReplyContext): JsonObject {
  const { finish } = state;
  const ending = finish ? endingOf(finish) : { status: "in_progress", incomplete_details: null };
  return {
    id: state.id,
    object: "response",
    created_at: Math.floor(context.nowMs / MS_PER_SECOND),
    ...ending,
    error: null,
    background: false,
    model: context.modelId,
    output: state.output,
    previous_response_id: context.request.turn?.previousId ?? null,
    store: context.request.turn?.isKept ?? false,
    ...echoOf(context.request.document.value),
    usage: writeCounts(state.usage),
  };
}

function echoOf(body: JsonObject): JsonObject {
  const echo: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(DEFAULTS)) echo[name] = body[name] ?? value;
  return echo;
}
