/** Reasoning of a message, in the three spellings that servers and clients of this dialect use. */
import type { ReasoningPart, RedactedPart } from "../../conversation.ts";
import { isObject } from "../json.ts";
import { unpackProof } from "../proof.ts";

/**
 * `reasoning_details` where there are any, else the plain text of `reasoning_content` or `reasoning`. Details of
 * unknown kind say nothing.
 */
export function readReasoning(
  message: Readonly<Record<string, unknown>>,
): (ReasoningPart | RedactedPart)[] {
  const details = detailsOf(message).flatMap((detail) => readDetail(detail) ?? []);
  if (details.length > 0) return details;
  const text = plainReasoning(message);
  return text === "" ? [] : [{ kind: "reasoning", text }];
}

/** The objects in `reasoning_details`. */
export function detailsOf(
  message: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(message.reasoning_details) ? message.reasoning_details.filter(isObject) : [];
}

/** "" when there is none. */
export function plainReasoning(message: Readonly<Record<string, unknown>>): string {
  const { reasoning_content: content, reasoning } = message;
  if (typeof content === "string" && content !== "") return content;
  return typeof reasoning === "string" ? reasoning : "";
}

/** One item of `reasoning_details`, as OpenRouter names them; undefined: says nothing that is known. */
export function readDetail(
  detail: Readonly<Record<string, unknown>>,
): ReasoningPart | RedactedPart | undefined {
  if (detail.type === "reasoning.encrypted") {
    if (typeof detail.data !== "string" || detail.data === "") return undefined;
    return { kind: "redacted", proof: unpackProof(detail.data, "openai") };
  }
  const said = detail.text ?? detail.summary;
  const text = typeof said === "string" ? said : "";
  const { signature } = detail;
  const proof =
    typeof signature === "string" && signature !== ""
      ? unpackProof(signature, "openai")
      : undefined;
  if (text === "" && !proof) return undefined;
  const id = typeof detail.id === "string" ? detail.id : undefined;
  return { kind: "reasoning", text, proof, id };
}
