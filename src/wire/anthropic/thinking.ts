/** Thinking blocks that carry another dialect's proof: a provider of this dialect would refuse their signatures. */

import type { ReasoningPart, RedactedPart } from "../../conversation.ts";
import { reasoningPath } from "../field-reasoning.ts";
import { isObject } from "../json.ts";
import { unpackProof } from "../proof.ts";

const OWN = "anthropic";

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
    const content = message.content.filter((block) => !foreignPart(block));
    if (content.length > 0) kept.push({ ...message, content });
  }
  return kept;
}

/** Where that thinking stands in the client's request, as the table of fields names it; sorted, unique. */
export function foreignProofPaths(messages: unknown): readonly string[] {
  if (!Array.isArray(messages)) return [];
  const parts = messages
    .filter(hasForeign)
    .flatMap(({ content }) => content.flatMap((block) => foreignPart(block) ?? []));
  return [...new Set(parts.map((part) => reasoningPath(part, OWN)))].sort();
}

function hasForeign(message: unknown): message is { readonly content: readonly unknown[] } {
  return isObject(message) && Array.isArray(message.content) && message.content.some(foreignPart);
}

/** undefined: another block, or one that a provider of this dialect proved. */
function foreignPart(block: unknown): ReasoningPart | RedactedPart | undefined {
  if (!isObject(block)) return undefined;
  const { type, thinking, signature, data } = block;
  if (type !== "thinking" && type !== "redacted_thinking") return undefined;
  const sealed = type === "thinking" ? signature : data;
  const proof = typeof sealed === "string" ? unpackProof(sealed, OWN) : undefined;
  if (!proof || proof.of === OWN) return undefined;
  if (type === "redacted_thinking") return { kind: "redacted", proof };
  return { kind: "reasoning", text: typeof thinking === "string" ? thinking : "", proof };
}
