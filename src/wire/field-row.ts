/** A row of the table of fields, and what a conversation must have said for a row to matter. */
import type { Dialect } from "../chat.ts";
import type {
  Conversation,
  DocumentPart,
  Part,
  ReasoningPart,
  RedactedPart,
  ResultPart,
  Tool,
  Turn,
} from "../conversation.ts";

const PDF = "application/pdf";

/** What becomes of a field that a dialect cannot say: the request is refused, or the client is told. */
export type Loss = "unsupported" | "dropped";

/** One thing that a client can say, and how each dialect says it. */
export interface FieldRow {
  /** For people. */
  readonly name: string;
  /** Dialect → the client's path of the field, without list positions; a dialect that is missing cannot say it. */
  readonly paths: Readonly<Partial<Record<Dialect, string>>>;
  /** Target dialect → in other words, how it is said there although the paths do not tell. */
  readonly mapped?: Readonly<Partial<Record<Dialect, string>>>;
  /** Target dialects that cannot be told it by another one, although they have the field. */
  readonly own?: readonly Dialect[];
  /** In targets that cannot be told. */
  readonly otherwise: Loss;
  readonly present: (said: Said) => boolean;
  /** The conversation without it, where a writer would write it unseen. */
  readonly without?: (conversation: Conversation) => Conversation;
}

/** What a conversation says, gathered once for all rows. */
export interface Said {
  readonly conversation: Conversation;
  readonly to: Dialect;
  readonly marks: ReadonlySet<string>;
}

/** Is there something of this kind in the turns or tools? The marks are those of `survey`. */
export function marked(mark: string): FieldRow["present"] {
  return ({ marks }) => marks.has(mark);
}

/** One walk through turns and tools. */
export function survey(conversation: Conversation, to: Dialect): Said {
  const marks = new Set<string>();
  let talked = false;
  for (const turn of conversation.turns) {
    markTurn(turn, { marks, talked });
    for (const part of turn.parts) markPart(part, { marks, to });
    talked ||= turn.role === "user" || turn.role === "assistant";
  }
  for (const tool of conversation.tools) markTool(tool, marks);
  return { conversation, to, marks };
}

function markTurn(
  { role, name }: Turn,
  { marks, talked }: { marks: Set<string>; talked: boolean },
): void {
  marks.add(role);
  if (name !== undefined) marks.add("turn-name");
  if (talked && (role === "system" || role === "developer")) marks.add("late-system");
}

interface Marking {
  readonly marks: Set<string>;
  readonly to: Dialect;
}

function markPart(part: Part, { marks, to }: Marking): void {
  if ("cache" in part && part.cache !== undefined) marks.add("cache");
  switch (part.kind) {
    case "text":
      marks.add("text");
      for (const { url } of part.citations ?? []) {
        marks.add(url === undefined ? "citation-words" : "citation-url");
      }
      break;
    case "image":
      marks.add(`image-${part.source.by}`);
      if (part.detail !== undefined) marks.add("image-detail");
      break;
    case "document":
      marks.add(documentMark(part.source));
      if (part.title !== undefined) marks.add("document-title");
      break;
    case "reasoning":
    case "redacted":
      marks.add(part.proof?.of === to ? `${part.kind}-proven` : reasoningMark(part));
      break;
    case "call":
      marks.add(part.custom ? "custom-call" : "call");
      if (part.namespace !== undefined) marks.add("namespace");
      break;
    case "result":
      markResult(part, { marks, to });
      break;
    default:
      marks.add(part.kind);
  }
}

/** Reasoning whose words its provider keeps to itself is nothing but a proof. */
export function reasoningMark(
  part: ReasoningPart | RedactedPart,
): "reasoning" | "reasoning-wordless" | "redacted" {
  if (part.kind === "redacted") return "redacted";
  return part.text === "" && part.proof ? "reasoning-wordless" : "reasoning";
}

/** Bytes of a type that is neither PDF nor text are another kind of document. */
function documentMark(source: DocumentPart["source"]): string {
  if (source.by !== "base64" || source.mediaType === PDF) return `document-${source.by}`;
  return source.mediaType.startsWith("text/") ? "document-base64-text" : "document-base64-other";
}

function markResult({ isError, custom, parts }: ResultPart, marking: Marking): void {
  const { marks } = marking;
  marks.add(custom ? "custom-result" : "result");
  if (isError) marks.add("result-error");
  for (const part of parts) {
    if (part.kind === "image" || part.kind === "document") marks.add(`result-${part.kind}`);
    markPart(part, marking);
  }
}

function markTool(tool: Tool, marks: Set<string>): void {
  marks.add(`${tool.kind}-tool`);
  if (tool.kind === "custom") {
    if (tool.format !== undefined) marks.add("tool-format");
    return;
  }
  if (tool.kind === "hosted") return;
  if (tool.namespace !== undefined) marks.add("namespace");
  if (tool.strict !== undefined) marks.add("tool-strict");
  if (tool.cache !== undefined) marks.add("cache");
}
