/** Thinking blocks that carry another dialect's proof: a provider of this dialect would refuse their signatures. */

import { isObject } from "../json.ts";
import { unpackProof } from "../proof.ts";

/**
 * The messages without thinking that no provider of this dialect can have written; a message of the assistant
 * that says nothing else goes with it. undefined: there is none, send them as they came.
 */
export function foreignProofsRemoved(messages: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(messages) || !messages.some(hasForeign)) return undefined;
  const kept: unknown[] = [];
  for (const message of messages) {
    if (!hasForeign(message)) {
      kept.push(message);
      continue;
    }
    const content = message.content.filter((block) => !isForeign(block));
    if (content.length > 0) kept.push({ ...message, content });
  }
  return kept;
}

function hasForeign(message: unknown): message is { readonly content: readonly unknown[] } {
  return isObject(message) && Array.isArray(message.content) && message.content.some(isForeign);
}

function isForeign(block: unknown): boolean {
  if (!isObject(block)) return false;
  const isThinking = block.type === "thinking";
  if (!isThinking && block.type !== "redacted_thinking") return false;
  const proof = isThinking ? block.signature : block.data;
  return typeof proof === "string" && unpackProof(proof, "anthropic").of !== "anthropic";
}
