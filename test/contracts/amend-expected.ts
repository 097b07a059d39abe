/** What one stage of an orchestration makes of a conversation, told apart from how a dialect writes it. */
import type { Conversation, OutputFormat, Part, Turn } from "../../src/conversation.ts";
import type { Amendment } from "../../src/wire/amendment.ts";

/** An amendment that changes nothing of a request that does not stream. */
export const IDLE: Amendment = {
  instruction: undefined,
  task: undefined,
  tools: true,
  stream: false,
  outputTokensMax: undefined,
  format: "own",
};
/** Texts that no generator makes. */
export const INSTRUCTION = "<<instruction of a stage>>";
export const TASK = "<<task of a stage>>";

/** The client's turns alone: without the two texts, and without turns that hold nothing else. */
export function clientTurns({ turns }: Conversation): Turn[] {
  return turns.flatMap((turn) => {
    const parts = turn.parts.flatMap(clientPart);
    return parts.length === 0 && turn.parts.length > 0 ? [] : [{ ...turn, parts }];
  });
}

/** In a system text of one string ours is a paragraph after the client's. */
function clientPart(part: Part): Part[] {
  if (part.kind !== "text") return [part];
  if (part.text === INSTRUCTION || part.text === TASK) return [];
  const own = `\n\n${INSTRUCTION}`;
  return [part.text.endsWith(own) ? { ...part, text: part.text.slice(0, -own.length) } : part];
}

/** The parts of all system turns before everything else. */
export function leadingParts({ turns }: Conversation): readonly Part[] {
  const other = turns.findIndex(({ role }) => role !== "system" && role !== "developer");
  return turns.slice(0, other < 0 ? turns.length : other).flatMap(({ parts }) => parts);
}

/** Does it hold calls or what tools answered? */
export function hasCalls({ turns }: Conversation): boolean {
  return turns.some(({ parts }) => parts.some(({ kind }) => kind === "call" || kind === "result"));
}

/** The cap of the amended request, in tokens; undefined: none. */
export function cappedTokens(own: number | undefined, amendment: Amendment): number | undefined {
  const { outputTokensMax: cap, format } = amendment;
  if (cap === undefined) return own;
  return format === "none" ? cap : Math.min(cap, own ?? cap);
}

/** Name and strictness are not every dialect's. */
export function schemaOf(format: OutputFormat | undefined): unknown {
  return format?.kind === "schema" ? format.schema : undefined;
}
