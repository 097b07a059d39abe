/** Output items of an answer in the Responses dialect. */
import type { CallPart, Part, PartHead, ReasoningPart, RedactedPart } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { packProof } from "../proof.ts";
import { writeOutputPart } from "./write-parts.ts";

type NewId = (prefix: string) => string;

/** in_progress only in the events of a stream; incomplete only the last one of an answer that was cut. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** An item before anything is in it. */
export interface ItemHead {
  readonly id: string;
  readonly status: ItemStatus;
}

/** Texts and refusals beside each other make one message. `logprobs` go with the first text. */
export function writeOutput(
  parts: readonly Part[],
  { logprobs = [], newId }: { logprobs?: readonly unknown[] | undefined; newId: NewId },
): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] | undefined;
  let unwritten = logprobs;
  for (const part of parts) {
    const status = "completed";
    if (part.kind === "text" || part.kind === "refusal") {
      const written = writeOutputPart(part, part.kind === "text" ? unwritten : []);
      if (part.kind === "text") unwritten = [];
      if (!content) {
        content = [];
        items.push(messageItem({ id: newId("msg"), status }, content));
      }
      if (written) content.push(written);
      continue;
    }
    content = undefined;
    if (part.kind === "call") {
      const id = newId(callPrefix(part));
      items.push(callItem(part, { head: { id, status }, input: inputTextOf(part) }));
    } else if (part.kind === "reasoning" || part.kind === "redacted") {
      items.push(reasoningItem(part, { id: newId("rs"), status }));
    }
  }
  return items;
}

/** A message of these content parts. */
export function messageItem({ id, status }: ItemHead, content: readonly JsonObject[]): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

/** What a call's item id begins with. */
export function callPrefix({ custom }: Pick<CallPart, "custom">): string {
  return custom ? "ctc" : "fc";
}

/** The input to write: no arguments are an empty object. */
export function inputTextOf({ custom, input }: Pick<CallPart, "custom" | "input">): string {
  return custom || input !== "" ? input : "{}";
}

/** `input` as it is to stand there, "" for a call that has just begun. */
export function callItem(
  call: Extract<PartHead, { kind: "call" }>,
  { head: { id, status }, input }: { head: ItemHead; input: string },
): JsonObject {
  const { name, namespace } = call;
  const called = { call_id: call.id, name, ...(namespace === undefined ? {} : { namespace }) };
  if (call.custom) return { id, type: "custom_tool_call", status, ...called, input };
  return { id, type: "function_call", status, ...called, arguments: input };
}

/**
 * The text is shown as the summary. Foreign reasoning that has no text keeps an empty one, by which it is told from
 * redacted reasoning when it comes back.
 */
export function reasoningItem(
  part: ReasoningPart | RedactedPart,
  { id, status }: ItemHead,
): JsonObject {
  const sealed = part.proof ? { encrypted_content: packProof(part.proof, "responses") } : {};
  const isShown = part.kind === "reasoning" && (part.text !== "" || isForeign(part));
  const summary = isShown ? [{ type: "summary_text", text: part.text }] : [];
  return { id, type: "reasoning", status, summary, ...sealed };
}

/** Does it bear a proof that another dialect's provider gave? */
export function isForeign({ proof }: Pick<ReasoningPart, "proof">): boolean {
  return proof !== undefined && proof.of !== "responses";
}
