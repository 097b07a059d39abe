/** Whole answers of an Anthropic provider, read for translation. */
import type { Part, Reply } from "../../conversation.ts";
import { AttemptFault } from "../../errors.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { readCitations } from "./citation.ts";
import { readFinish } from "./finish.ts";
import { readProof } from "./signature.ts";
import { readUsage } from "./usage.ts";

/**
 * Blocks of kinds that only hosted tools make are left out.
 * @throws AttemptFault transient: `error-in-answer` for an error with status 200, `bad-answer` for anything else that
 * is no answer.
 */
export function readReply(text: string): Reply {
  const answer = parse(text);
  if (!isObject(answer)) return bad();
  const isError = answer.error !== undefined && answer.error !== null;
  if (answer.type === "error" || isError) throw new AttemptFault("transient", "error-in-answer");
  if (!Array.isArray(answer.content)) return bad();
  const parts = answer.content.flatMap((block: unknown) => readBlock(block) ?? []);
  const hasCalls = parts.some((part) => part.kind === "call");
  const { id, stop_reason: reason, stop_sequence: stopSequence } = answer;
  return {
    id: typeof id === "string" ? id : undefined,
    parts,
    finish: readFinish(reason, hasCalls),
    stopSequence: typeof stopSequence === "string" ? stopSequence : undefined,
    usage: readUsage(answer.usage),
    logprobs: undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return bad();
  }
}

const READERS: ReadonlyMap<unknown, (block: JsonObject) => Part | undefined> = new Map([
  ["text", readText],
  ["thinking", readThinking],
  ["redacted_thinking", readRedacted],
  ["tool_use", readCall],
]);

function readBlock(block: unknown): Part | undefined {
  return isObject(block) ? READERS.get(block.type)?.(block) : bad();
}

function readText({ text, citations: raw }: JsonObject): Part {
  const citations = readCitations(raw);
  return { kind: "text", text: textOf(text), ...(citations && { citations }) };
}

function readThinking({ thinking, signature }: JsonObject): Part {
  const proof = readProof(signature);
  return { kind: "reasoning", text: textOf(thinking), ...(proof && { proof }) };
}

function readRedacted({ data }: JsonObject): Part | undefined {
  const proof = readProof(data);
  return proof && { kind: "redacted", proof };
}

/** A server that could not parse the model's arguments may hand them on as text. */
function readCall({ id, name, input = {} }: JsonObject): Part {
  const text = typeof input === "string" ? input : isObject(input) ? JSON.stringify(input) : bad();
  return { kind: "call", id: textOf(id), name: textOf(name), input: text, custom: false };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : bad();
}

function bad(): never {
  throw new AttemptFault("transient", "bad-answer");
}
