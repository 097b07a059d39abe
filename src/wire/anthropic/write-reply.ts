/** Whole answers for Anthropic clients. */
import type { CallPart, Part, Reply } from "../../conversation.ts";
import { AttemptFault } from "../../errors.ts";
import type { ReplyContext } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { writeCitation } from "./citation.ts";
import { writeFinish } from "./finish.ts";
import { writeProof } from "./signature.ts";
import { parseInput } from "./write-part.ts";
import { writeUsage } from "./write-usage.ts";

/**
 * The body of a `message`. A call that was cut off with its arguments broken is left out.
 * @throws AttemptFault transient `bad-tool-arguments` when arguments are no JSON object and nothing was cut off: the
 * dialect cannot say them.
 */
export function writeReply(reply: Reply, context: ReplyContext): Readonly<Record<string, unknown>> {
  const isCut = reply.finish === "length" || reply.finish === "context";
  const content = reply.parts.flatMap((part): JsonObject[] => {
    const block = writeBlock(part, isCut);
    return block ? [block] : [];
  });
  const hasCalls = content.some(({ type }) => type === "tool_use");
  const { promptTokens } = context.request.facts;
  const outputChars = reply.parts.reduce((chars, part) => chars + charsOf(part), 0);
  return {
    id: messageId(reply.id, context),
    type: "message",
    role: "assistant",
    model: context.modelId,
    content,
    stop_reason: writeFinish(reply.finish, hasCalls),
    stop_sequence: reply.stopSequence ?? null,
    usage: writeUsage(reply.usage, { promptTokens, outputChars }),
  };
}

const MESSAGE_ID = /^msg_[A-Za-z0-9_-]{1,128}$/;

/** The upstream's id where it is one of this dialect, else a new one. */
export function messageId(id: string | undefined, context: ReplyContext): string {
  return id !== undefined && MESSAGE_ID.test(id) ? id : context.newId("msg");
}

function charsOf(part: Part): number {
  if (part.kind === "call") return part.name.length + part.input.length;
  return "text" in part ? part.text.length : 0;
}

function writeBlock(part: Part, isCut: boolean): JsonObject | undefined {
  switch (part.kind) {
    case "text": {
      if (part.text === "") return undefined;
      const citations = (part.citations ?? []).flatMap((each) => writeCitation(each) ?? []);
      return { type: "text", text: part.text, ...(citations.length > 0 && { citations }) };
    }
    case "refusal":
      return part.text === "" ? undefined : { type: "text", text: part.text };
    case "reasoning":
      if (part.text === "" && part.proof === undefined) return undefined;
      return { type: "thinking", thinking: part.text, signature: writeProof(part.proof) };
    case "redacted":
      return { type: "redacted_thinking", data: writeProof(part.proof) };
    case "call":
      return writeCall(part, isCut);
    default:
      // No dialect's answers hold anything else.
      return undefined;
  }
}

function writeCall({ id, name, input }: CallPart, isCut: boolean): JsonObject | undefined {
  const parsed = parseInput(input);
  if (parsed !== undefined) return { type: "tool_use", id, name, input: parsed };
  if (isCut) return undefined;
  throw new AttemptFault("transient", "bad-tool-arguments");
}
