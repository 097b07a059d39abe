/** What one stage of an orchestration changes in the client's request; each dialect applies it in its own body. */
import { strip } from "../directive.ts";
import type { ChatRequest } from "./chat-request.ts";
import {
  type Changes,
  isObject,
  type JsonDocument,
  parseDocument,
  rawMember,
  splice,
} from "./json.ts";
import { elementsOf } from "./responses/elements.ts";

/** What one stage of an orchestration changes in the client's request. */
export interface Amendment {
  /** Added after the client's own system text; undefined: nothing. */
  readonly instruction: string | undefined;
  /** Added after the client's last turn as words of the user; undefined: nothing. */
  readonly task: string | undefined;
  /**
   * false: the model may call nothing. Tools and their choice go, except when the history holds calls or results:
   * then the tools stay and the choice becomes none, since providers refuse calls without tools.
   */
  readonly tools: boolean;
  readonly stream: boolean;
  /**
   * Cap on output tokens; undefined: the client's own. Of an answer that may go to the client (`format` is not none)
   * it only lowers the client's; of any other it stands in its place, since the client capped its own answer.
   */
  readonly outputTokensMax: number | undefined;
  /**
   * own: the answer may go to the client, so that all its wishes for the form of it stay; none: they go; a JSON
   * Schema: they go, and the provider is asked for JSON of that shape.
   */
  readonly format: "own" | "none" | AskedFormat;
}

/** JSON of a schema's shape. */
export interface AskedFormat {
  readonly name: string;
  readonly schema: unknown;
}

const UTF8 = new TextEncoder();

/** The same without directives in its texts, which may hold what models said: nothing of theirs is ever read as one. */
export function undirected(amendment: Amendment): Amendment {
  const { instruction, task } = amendment;
  return {
    ...amendment,
    instruction: instruction && strip(instruction).text,
    task: task && strip(task).text,
  };
}

/** Does the amendment leave the request as it is? */
export function isIdle(amendment: Amendment, { facts }: ChatRequest): boolean {
  const { instruction, task, tools, stream, format } = amendment;
  const isCapped = capOf(amendment, facts.outputTokensMax) !== undefined;
  const speaks = isSaid(instruction) || isSaid(task);
  return tools && format === "own" && stream === facts.stream && !isCapped && !speaks;
}

/** Is there a text to add? */
export function isSaid(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

/** The cap to write; undefined: the client's own (in tokens; undefined: none) stays, or none is set. */
export function capOf(amendment: Amendment, own: number | undefined): number | undefined {
  const { outputTokensMax: cap, format } = amendment;
  if (format === "none") return cap === own ? undefined : cap;
  return cap === undefined || cap >= (own ?? Infinity) ? undefined : cap;
}

/** Changes that remove these members. */
export function removing(names: readonly string[]): Changes {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Raw JSON of a value that we made; halves of surrogate pairs, which models may write, become U+FFFD. */
export function rawOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "string" ? inner.toWellFormed() : inner,
  );
}

/** Raw JSON of each element of a list in the body, byte-identical where the document is faithful. */
export function rawElements(document: JsonDocument, key: string): string[] {
  return elementsOf(rawMember(document, key) ?? JSON.stringify(document.value[key]));
}

/** The client's document with these changes; big integers and all that is not changed stay as they were written. */
export function changed(document: JsonDocument, changes: Changes): JsonDocument {
  return parsed(splice(document, changes));
}

/** An object inside the client's request, to be changed by itself. @throws TokenhubError invalid_json for anything else. */
export function parsed(raw: string): JsonDocument {
  // What the client wrote has passed the bound, and what we add is flat.
  return parseDocument(UTF8.encode(raw), { jsonDepthMax: Number.POSITIVE_INFINITY });
}

/** Raw JSON of a member that is an object, with these changes; of an object of its own where it is none. */
export function changedMember(document: JsonDocument, key: string, changes: Changes): string {
  const value = document.value[key];
  const own = isObject(value) ? (rawMember(document, key) ?? JSON.stringify(value)) : "{}";
  return splice(parsed(own), changes);
}

const LEADING: ReadonlySet<unknown> = new Set(["system", "developer"]);

/** How many system and developer messages stand before all others; 0 when this is no list. */
export function leadingCount(messages: unknown): number {
  if (!Array.isArray(messages)) return 0;
  const other = messages.findIndex((message) => !isObject(message) || !LEADING.has(message.role));
  return other < 0 ? messages.length : other;
}

/** In OpenAI's dialects a whole answer has no options of a stream either. */
export function streamSet({ facts }: ChatRequest, { stream }: Amendment): Changes {
  if (stream === facts.stream) return {};
  return stream ? { stream: "true" } : removing(["stream", "stream_options"]);
}

/** `format` within another member, of which everything else stays. */
export function formatSet(
  document: JsonDocument,
  member: string,
  asked: {
    readonly format: Amendment["format"];
    readonly formatOf: (format: AskedFormat) => unknown;
  },
): Changes {
  const { format } = asked;
  if (format === "own") return {};
  if (format !== "none") {
    const written = rawOf(asked.formatOf(format));
    return { [member]: changedMember(document, member, { format: written }) };
  }
  const value = document.value[member];
  const { format: _, ...rest } = isObject(value) ? value : {};
  const isEmpty = Object.keys(rest).length === 0;
  return { [member]: isEmpty ? undefined : changedMember(document, member, { format: undefined }) };
}
