/** Rows of the table of fields: reasoning, which only the dialect that proved it can be told again. */
import type { Dialect } from "../chat.ts";
import type { ReasoningPart, RedactedPart } from "../conversation.ts";
import { type FieldRow, marked, reasoningMark } from "./field-row.ts";

type Paths = Readonly<Record<Exclude<Dialect, "embeddings">, string>>;

/** By what is there of it: its words, only the proof of them, or only what is sealed. */
const PATHS = {
  reasoning: {
    openai: "messages.reasoning_details",
    anthropic: "messages.content.thinking",
    responses: "input.summary",
  },
  "reasoning-wordless": {
    openai: "messages.reasoning_details",
    anthropic: "messages.content.signature",
    responses: "input.encrypted_content",
  },
  redacted: {
    openai: "messages.reasoning_details",
    anthropic: "messages.content.data",
    responses: "input.encrypted_content",
  },
} as const satisfies Record<ReturnType<typeof reasoningMark>, Paths>;

/** Where the client of a dialect says reasoning that is foreign to the provider. */
export function reasoningPath(part: ReasoningPart | RedactedPart, from: keyof Paths): string {
  return PATHS[reasoningMark(part)][from];
}

/** Reasoning of earlier answers. */
export const REASONING_FIELDS: readonly FieldRow[] = [
  {
    name: "reasoning that the target's dialect has proven",
    paths: PATHS.reasoning,
    own: ["openai"],
    otherwise: "dropped",
    present: marked("reasoning-proven"),
  },
  {
    name: "other reasoning",
    paths: PATHS.reasoning,
    own: ["openai", "anthropic", "responses"],
    otherwise: "dropped",
    present: marked("reasoning"),
  },
  {
    name: "other reasoning without words",
    paths: PATHS["reasoning-wordless"],
    own: ["openai", "anthropic", "responses"],
    otherwise: "dropped",
    present: marked("reasoning-wordless"),
  },
  {
    name: "sealed reasoning of the target's dialect",
    paths: PATHS.redacted,
    own: ["openai"],
    otherwise: "dropped",
    present: marked("redacted-proven"),
  },
  {
    name: "other sealed reasoning",
    paths: PATHS.redacted,
    own: ["openai", "anthropic", "responses"],
    otherwise: "dropped",
    present: marked("redacted"),
  },
];
