/** Conversations as requests for an Anthropic provider. */
import type { Conversation, OutputFormat } from "../../conversation.ts";
import { TokenhubError } from "../../errors.ts";
import type { WriteTarget } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { writeTurns } from "./write-messages.ts";
import { writeThinking } from "./write-thinking.ts";
import { writeTools } from "./write-tools.ts";

/** The dialect demands a cap; every model can write this much. */
const TOKENS_MAX_DEFAULT = 4_096;

/**
 * The body for a provider. Neither namespaces nor custom tools may be left in it. Beside thinking, sampling is left out
 * and tools are chosen freely, since a provider refuses the request otherwise.
 * @throws TokenhubError unsupported_parameter with the name of the field; invalid_value for `messages` that break a
 * rule of the dialect.
 */
export function writeConversation(
  conversation: Conversation,
  target: WriteTarget,
): Readonly<Record<string, unknown>> {
  const { output, stream, user } = conversation;
  const tokensMax = tokensMaxOf(conversation, target);
  const { system, messages } = writeTurns(conversation.turns);
  const thinking = writeThinking(conversation, tokensMax);
  const thinks = thinking?.type === "enabled";
  return {
    model: target.upstreamName,
    max_tokens: tokensMax,
    ...(system.length > 0 && { system }),
    messages,
    ...writeTools(conversation, thinks),
    ...(thinking && { thinking }),
    ...writeFormat(output.format),
    ...(output.stop.length > 0 && { stop_sequences: checkedStops(output.stop) }),
    ...(!thinks && writeSampling(conversation)),
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(stream && { stream }),
  };
}

function tokensMaxOf({ output }: Conversation, target: WriteTarget): number {
  const cap = Math.min(output.tokensMax ?? Infinity, target.outputTokensMax ?? Infinity);
  return Number.isFinite(cap) ? cap : (target.modelOutputTokensMax ?? TOKENS_MAX_DEFAULT);
}

function checkedStops(stop: readonly string[]): readonly string[] {
  if (stop.some((text) => text.trim() === "")) {
    throw new TokenhubError("unsupported_parameter", {
      param: "stop",
      detail: "A stop sequence needs a visible character.",
    });
  }
  return stop;
}

function writeSampling({ sampling }: Conversation): JsonObject {
  const { temperature, topP, topK } = sampling;
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  };
}

function writeFormat(format: OutputFormat | undefined): JsonObject {
  if (format?.kind !== "schema") return {};
  return { output_config: { format: { type: "json_schema", schema: format.schema } } };
}
