/** Replies to whole answers of the OpenAI chat dialect. */
import type { Usage } from "../../chat.ts";
import type { CallPart, Part, Reply } from "../../conversation.ts";
import type { ReplyContext } from "../codec.ts";
import { isGiven } from "../given.ts";
import { packProof } from "../proof.ts";
import { writeAnnotation } from "./citations.ts";
import { FINISH_REASONS } from "./finish.ts";

type Members = Record<string, unknown>;

/** Ids that clients of this dialect know; the upstream's is kept when it is one. */
const VALID_ID = /^chatcmpl[-_][\w-]{1,128}$/;
const MS_PER_SECOND = 1_000;

/** The body of a `chat.completion`. */
export function writeReply(reply: Reply, context: ReplyContext): Members {
  const { head, usesFunctions } = writeHead(reply.id, context);
  const choice = {
    index: 0,
    message: writeMessage(reply.parts, usesFunctions),
    logprobs: reply.logprobs ? { content: reply.logprobs, refusal: null } : null,
    finish_reason: finishReason(reply.finish, usesFunctions),
  };
  const body: Members = { ...head, object: "chat.completion", choices: [choice] };
  if (reply.usage) body.usage = writeUsage(reply.usage);
  return body;
}

/** What an answer and its chunks have in common, and whether the client speaks of functions as before tools. */
export function writeHead(
  id: string | undefined,
  context: ReplyContext,
): { head: { id: string; created: number; model: string }; usesFunctions: boolean } {
  const { functions, tools } = context.request.document.value;
  return {
    head: {
      id: id !== undefined && VALID_ID.test(id) ? id : context.newId("chatcmpl"),
      created: Math.floor(context.nowMs / MS_PER_SECOND),
      model: context.modelId,
    },
    usesFunctions: isGiven(functions) && !isGiven(tools),
  };
}

/** `function_call` for clients from before tools. */
export function finishReason(finish: Reply["finish"], usesFunctions: boolean): string {
  return usesFunctions && finish === "calls" ? "function_call" : FINISH_REASONS[finish];
}

function writeMessage(parts: readonly Part[], usesFunctions: boolean): Members {
  const texts = parts.flatMap((part) => (part.kind === "text" ? part.text : []));
  const refusals = parts.flatMap((part) => (part.kind === "refusal" ? part.text : []));
  const calls = parts.filter((part) => part.kind === "call");
  const isSilent = texts.length === 0 && (calls.length > 0 || refusals.length > 0);
  const message: Members = {
    role: "assistant",
    content: isSilent ? null : texts.join(""),
    refusal: refusals.length > 0 ? refusals.join("") : null,
  };
  const annotations = writeAnnotations(parts);
  if (annotations.length > 0) message.annotations = annotations;
  putReasoning(message, parts);
  const [first] = calls;
  if (first && usesFunctions) {
    message.function_call = { name: first.name, arguments: argumentsOf(first) };
  } else if (first) {
    message.tool_calls = calls.map(writeCall);
  }
  return message;
}

function writeAnnotations(parts: readonly Part[]): Readonly<Members>[] {
  const annotations: Readonly<Members>[] = [];
  let offset = 0;
  for (const part of parts) {
    if (part.kind !== "text") continue;
    for (const citation of part.citations ?? []) {
      const written = writeAnnotation(citation, { offset, chars: part.text.length });
      if (written) annotations.push(written);
    }
    offset += part.text.length;
  }
  return annotations;
}

/** Text for people; details only where a proof has to come back. */
function putReasoning(message: Members, parts: readonly Part[]): void {
  const thoughts = parts.filter((part) => part.kind === "reasoning" || part.kind === "redacted");
  const text = thoughts.map((part) => (part.kind === "reasoning" ? part.text : "")).join("");
  if (text !== "") message.reasoning_content = text;
  if (!thoughts.some((part) => part.proof)) return;
  message.reasoning_details = thoughts.map((part, index) => writeDetail(part, index));
}

/** One item of `reasoning_details`, as OpenRouter names them; `index` counts them in an answer. */
export function writeDetail(
  part: Extract<Part, { kind: "reasoning" | "redacted" }>,
  index: number,
): Readonly<Members> {
  if (part.kind === "redacted") {
    return { type: "reasoning.encrypted", data: packProof(part.proof, "openai"), index };
  }
  const { id, text, proof } = part;
  const signature = proof && packProof(proof, "openai");
  return { type: "reasoning.text", id, text, signature, index };
}

function writeCall(call: CallPart): Readonly<Members> {
  const { id, name } = call;
  if (call.custom) return { id, type: "custom", custom: { name, input: call.input } };
  return { id, type: "function", function: { name, arguments: argumentsOf(call) } };
}

/** Clients parse them without looking. */
function argumentsOf({ input }: CallPart): string {
  return input === "" ? "{}" : input;
}

/** Usage as the dialect counts it: the parts are inside the two sums. */
export function writeUsage(usage: Usage): Readonly<Members> {
  const { promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  const prompt: Members = { cached_tokens: cachedTokens };
  if (cacheWriteTokens > 0) prompt.created_cache_tokens = cacheWriteTokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: prompt,
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
