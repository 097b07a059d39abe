/** A client of one dialect and a provider of another: request, whole answer and stream, through one representation. */

import type { Part, Reply, ReplyEvent } from "../conversation.ts";
import { TokenhubError } from "../errors.ts";
import { uniqueEvents, uniqueReply } from "./call-ids.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { Codec, ReplyContext, WriteTarget } from "./codec.ts";
import { settle } from "./fields.ts";
import { flattenTools, restoreEvents, restoreReply, type ToolNames } from "./tools.ts";
import type { AnswerFacts, EventFacts, EventPath, Wire } from "./wire.ts";

/** Who speaks with whom. */
export interface Pair {
  /** The client's dialect. */
  readonly door: Wire;
  /** The provider's. */
  readonly provider: Wire;
}

/** A request as the provider is told it. */
export interface TranslatedRequest {
  /** JSON text. */
  readonly body: string;
  /** Fields of the client that the provider's dialect cannot say; sorted, for a header. */
  readonly dropped: readonly string[];
  /** What `translateAnswer` and `translateStream` need to bring the tools' names back. */
  readonly names: ToolNames;
}

/** Both ways of one exchange. */
export interface AnswerPair extends Pair {
  readonly names: ToolNames;
  readonly context: ReplyContext;
}

/**
 * @throws TokenhubError unsupported_parameter with the client's path of what the provider's dialect cannot say;
 * invalid_value for a conversation that contradicts itself.
 */
export function translateRequest(
  request: ChatRequest,
  { door, provider, target }: Pair & { readonly target: WriteTarget },
): TranslatedRequest {
  const read = codecOf(door).readConversation(request);
  const settled = settle(read, { from: door.dialect, to: provider.dialect });
  const { conversation, restore } = flattenTools(settled.conversation, provider.dialect);
  const write = () => codecOf(provider).writeConversation(conversation, target);
  const body = JSON.stringify(door.dialect === "responses" ? blamingInput(write) : write());
  const { dropped } = settled;
  return { body, dropped, names: restore };
}

/** Writers say `messages` of all turns; a client of Responses knows them as `input`. */
function blamingInput<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof TokenhubError) || error.param !== "messages") throw error;
    const blamed = new TokenhubError(error.code, { ...error, param: "input" });
    blamed.message = error.message;
    throw blamed;
  }
}

/** A whole answer in the client's dialect. @throws AttemptFault transient when the provider's is none. */
export function translateAnswer(
  text: string,
  { door, provider, names, context }: AnswerPair,
): { readonly text: string; readonly facts: AnswerFacts } {
  const reply = uniqueReply(codecOf(provider).readReply(text));
  const written = codecOf(door).writeReply(restoreReply(reply, names), context);
  return { text: JSON.stringify(written), facts: factsOf(reply) };
}

function factsOf({ usage, finish, parts }: Reply): AnswerFacts {
  return { usage, finish, outputChars: parts.reduce((chars, part) => chars + charsOf(part), 0) };
}

function charsOf(part: Part): number {
  if (part.kind === "call") return part.input.length;
  return part.kind === "text" || part.kind === "reasoning" || part.kind === "refusal"
    ? part.text.length
    : 0;
}

/** Where one upstream event says several things, the highest of these is what it was. */
const RANK = {
  other: 0,
  usage: 1,
  finish: 2,
  content: 3,
  terminator: 4,
  invalid: 5,
  error: 6,
} as const satisfies Record<EventFacts["kind"], number>;

/** What an event is by its type alone; of the start of a part its kind decides. */
const KIND_OF = {
  "reply-start": "other",
  "part-start": "other",
  "text-delta": "content",
  "reasoning-delta": "content",
  "refusal-delta": "content",
  "input-delta": "content",
  "proof-add": "content",
  "citation-add": "other",
  "part-end": "other",
  "usage-tell": "usage",
  "reply-finish": "finish",
  "reply-end": "terminator",
  "reply-fail": "error",
  noise: "invalid",
} as const satisfies Record<ReplyEvent["type"], EventFacts["kind"]>;

/** Nothing said. */
const NOTHING: EventFacts = {
  kind: "other",
  usage: undefined,
  finish: undefined,
  outputChars: 0,
  error: undefined,
  frame: "",
};

/** A stream in the client's dialect. The frame of its terminator is everything that the writer held until then. */
export function translateStream({ door, provider, names, context }: AnswerPair): EventPath {
  const reader = codecOf(provider).createReader();
  const writer = codecOf(door).createWriter(context);
  const restore = restoreEvents(names);
  const unique = uniqueEvents();
  let over = false;
  return {
    push(event) {
      if (over) return NOTHING;
      const facts = { ...NOTHING };
      for (const said of reader.push(event)) {
        hear(said, facts);
        if (said.type === "noise") continue;
        if (said.type === "reply-fail") {
          over = true;
          return { ...facts, frame: "" };
        }
        for (const restored of restore(unique(said))) facts.frame += writer.write(restored);
        if (said.type !== "reply-end") continue;
        over = true;
        break;
      }
      return facts;
    },
    errorFrame: door.errorFrame,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds what one event says. */
function hear(event: ReplyEvent, facts: Writable<EventFacts>): void {
  const kind = kindOf(event);
  if (RANK[kind] > RANK[facts.kind]) facts.kind = kind;
  if (event.type === "usage-tell") facts.usage = event.usage;
  else if (event.type === "reply-finish") facts.finish = event.finish;
  else if (event.type === "reply-fail") facts.error = event.error;
  else if ("text" in event) facts.outputChars += event.text.length;
}

function kindOf(event: ReplyEvent): EventFacts["kind"] {
  if (event.type !== "part-start") return KIND_OF[event.type];
  const { kind } = event.part;
  return kind === "call" || kind === "redacted" ? "content" : "other";
}

function codecOf({ codec }: Wire): Codec {
  if (!codec) throw new TokenhubError("internal");
  return codec;
}
