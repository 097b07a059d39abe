/** Changes that a row of the table of fields makes to turns, their parts, and the choice of tools. */
import type {
  Citation,
  Conversation,
  DocumentPart,
  Part,
  ResultPart,
  Turn,
} from "../../src/conversation.ts";
import type { ChatDialect } from "./conversation-script.ts";

/** A row that a target cannot be told as it is. */
export interface Lost {
  readonly name: string;
  readonly to: ChatDialect;
  /** Told in other words; otherwise not at all. */
  readonly isMapped: boolean;
}

/** The conversation as it is after the loss; twice is once. */
export type Change = (said: Conversation, lost: Lost) => Conversation;

/** The same whatever was lost. */
export type Plain = (said: Conversation) => Conversation;

/** Each turn by itself. */
export function turns(change: (turn: Turn) => Turn): Plain {
  return (said) => ({ ...said, turns: said.turns.map(change) });
}

/** Each part, also of results; undefined: it goes. */
export function parts(change: (part: Part) => Part | undefined): Plain {
  const inside = (part: Part): readonly Part[] => {
    const changed = change(part);
    if (changed?.kind !== "result") return changed ? [changed] : [];
    return [{ ...changed, parts: changed.parts.flatMap(inside) }];
  };
  return turns((turn) => ({ ...turn, parts: turn.parts.flatMap(inside) }));
}

/** Each citation; undefined: it goes. */
export function citations(change: (citation: Citation) => Citation | undefined): Plain {
  return parts((part) => {
    if (part.kind !== "text" || !part.citations) return part;
    const left = part.citations.map(change).filter((citation) => citation !== undefined);
    return { ...part, citations: left.length > 0 ? left : undefined };
  });
}

/** Instructions in mid-conversation come from the user, marked as reminders. */
export const lateSystem: Change = (said) => {
  const start = said.turns.findIndex(({ role }) => role === "user" || role === "assistant");
  const change = (turn: Turn, at: number): Turn => {
    const isLate = start >= 0 && at > start;
    if (!isLate || turn.role === "user" || turn.role === "assistant") return turn;
    return { role: "user", parts: turn.parts.map(reminder) };
  };
  return { ...said, turns: said.turns.map(change) };
};

function reminder(part: Part): Part {
  if (part.kind !== "text") return part;
  return { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` };
}

/** Bytes of a text are the text itself. */
export function asText(document: DocumentPart): DocumentPart {
  const { source } = document;
  if (source.by !== "base64" || !source.mediaType.startsWith("text/")) return document;
  return {
    ...document,
    source: { by: "text", text: Buffer.from(source.data, "base64").toString() },
  };
}

/** A text under its title. */
export function asWords(document: DocumentPart): Part {
  const { source, title, cache } = document;
  if (source.by !== "text") return document;
  const text = title === undefined ? source.text : `${title}\n\n${source.text}`;
  return { kind: "text", text, ...(cache && { cache }) };
}

/**
 * Reasoning goes, sealed or not: either what the target has proven itself, or what it has not. Responses has one item
 * for both, so that it cannot tell them apart.
 */
export function reasoning(isProven: boolean): Change {
  return (said, { to }) => {
    const isLost = (part: Part) =>
      (part.kind === "reasoning" || part.kind === "redacted") &&
      (part.proof?.of === to) === isProven;
    return parts((part) => (isLost(part) ? undefined : part))(said);
  };
}

/** What a tool shows stands behind its results. */
export const mediaBehind: Change = turns((turn) => {
  const results = turn.parts.filter((part) => part.kind === "result");
  const media = results.flatMap((result) => result.parts.filter(isMedia));
  const rest = turn.parts.filter((part) => part.kind !== "result");
  return { ...turn, parts: [...results.map(withoutMedia), ...media, ...rest] };
});

function isMedia({ kind }: Part): boolean {
  return kind === "image" || kind === "document";
}

function withoutMedia(result: ResultPart): ResultPart {
  return { ...result, parts: result.parts.filter((part) => !isMedia(part)) };
}

/** Tools that may not be called are not told; the choice is whether one must be. */
export const onlyAllowed: Change = (said) => {
  const { toolChoice, tools } = said;
  if (toolChoice?.kind !== "allowed") return said;
  const { names, required } = toolChoice;
  return {
    ...said,
    tools: tools.filter((tool) => tool.kind === "hosted" || names.includes(tool.name)),
    toolChoice: { kind: required ? "required" : "auto" },
  };
};
