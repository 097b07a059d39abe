/** vLLM on one or several endpoints; fits llama.cpp's server too. */
import { AttemptFault } from "../errors.ts";
import { openai } from "./openai.ts";
import type { ProviderKind, Refusal } from "./provider.ts";
import { classifyRefusal, readFields } from "./refusal.ts";

/**
 * vLLM has no typed code for overflow. The whole message must be one of its own texts (0.32, and the two
 * of earlier versions), so that a prompt echoed in an error can never look like one.
 */
const OVERFLOW = [
  /^This model's maximum context length is \d+ tokens\. However, your prompt contains (?:at least \d+ input tokens, which exceeds this limit even without any output tokens|\d+ characters \(more than \d+ characters, which is the upper bound for \d+ input tokens\))\. Please reduce the length of the input prompt\.(?: \(parameter=input_(?:text|tokens), value=\d+\))?$/,
  /^max_tokens=\d+ cannot be greater than max_model_len=\d+\. Please request fewer output tokens\.(?: \(parameter=max_tokens, value=\d+\))?$/,
  /^This model's maximum context length is \d+ tokens\. However, you requested \d+ tokens \(\d+ in the messages, \d+ in the completion\)\. Please reduce the length of the messages or completion\.$/,
  /^'max_tokens' or 'max_completion_tokens' is too large: \d+\. This model's maximum context length is \d+ tokens and your request has \d+ input tokens \(\d+ > \d+ - \d+\)\.$/,
];

/** A full queue empties quickly, and vLLM sends no Retry-After with it. */
const QUEUE_WAIT_MS = 1_000;

function classify(refusal: Refusal): AttemptFault {
  const { status } = refusal;
  const { message, type } = readFields(refusal.body);
  if ((status === 400 || status === 200) && OVERFLOW.some((text) => text.test(message ?? ""))) {
    return new AttemptFault("context_overflow", "context_length_exceeded", { status });
  }
  if (status === 503 && type === "Service Unavailable") {
    return new AttemptFault("rate_limited", "queue-full", { status, retryAfterMs: QUEUE_WAIT_MS });
  }
  return classifyRefusal(refusal);
}

/** As `openai`, with overflow and a full queue told by their own texts; `baseUrl` is required. */
export const vllm: ProviderKind = {
  ...openai,
  vendor: undefined,
  kind: "vllm",
  defaultBaseUrl: undefined,
  classify,
};
