/**
 * What a chat says, apart from any dialect: the one representation through which every translation goes.
 * Same-dialect requests never take this form. Types only; undefined always means: not said.
 */
import type { Dialect, Usage } from "./chat.ts";

/** One request. Which field of which dialect each member comes from: `wire/fields.ts`. */
export interface Conversation {
  /** `model` as the client wrote it. */
  readonly target: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** May several tools be called at once? */
  readonly parallelCalls: boolean | undefined;
  readonly output: OutputWish;
  readonly sampling: Sampling;
  readonly reasoning: ReasoningWish | undefined;
  readonly stream: boolean;
  readonly usageWanted: boolean;
  /** The end user, as the client names them to the provider. */
  readonly user: string | undefined;
  readonly cacheKey: string | undefined;
  readonly serviceTier: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  /** Paths of what the reading dialect has and this representation has not (`tools.defer_loading`). */
  readonly unread: readonly string[];
}

/** One message. Tool results stand in a turn of the user, before everything else in it. */
export interface Turn {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly name?: string | undefined;
}

/** system and developer turns may stand anywhere. */
export type Role = "system" | "developer" | "user" | "assistant";

/** A piece of a message. */
export type Part =
  | TextPart
  | ImagePart
  | DocumentPart
  | AudioPart
  | ReasoningPart
  | RedactedPart
  | RefusalPart
  | CallPart
  | ResultPart;

/** Anthropic's `cache_control`, verbatim. */
export type CacheMark = Readonly<Record<string, unknown>>;

/** Words. */
export interface TextPart {
  readonly kind: "text";
  readonly text: string;
  readonly citations?: readonly Citation[] | undefined;
  readonly cache?: CacheMark | undefined;
}

/** Bytes by reference. `file`: an id that only the provider knows which issued it. */
export type Media =
  | { readonly by: "url"; readonly url: string }
  | { readonly by: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly by: "file"; readonly id: string };

/** A picture. */
export interface ImagePart {
  readonly kind: "image";
  readonly source: Media;
  readonly detail?: string | undefined;
  readonly cache?: CacheMark | undefined;
}

/** A file to read: PDF or text. */
export interface DocumentPart {
  readonly kind: "document";
  readonly source: Media | { readonly by: "text"; readonly text: string };
  /** File name or title. */
  readonly title?: string | undefined;
  readonly cache?: CacheMark | undefined;
}

/** Sound; only OpenAI's chat has it. */
export interface AudioPart {
  readonly kind: "audio";
  readonly format: string;
  /** Base64. */
  readonly data: string;
}

/** What makes a provider trust reasoning that comes back: its signature, or the encrypted text itself. */
export interface Proof {
  /** Whose it is; no other dialect can read it. */
  readonly of: Dialect;
  readonly data: string;
}

/** What the model thought, as far as it is shown. */
export interface ReasoningPart {
  readonly kind: "reasoning";
  /** Empty where the provider keeps it to itself. */
  readonly text: string;
  readonly proof?: Proof | undefined;
  /** Id of the item in the Responses dialect. */
  readonly id?: string | undefined;
}

/** Reasoning that nobody but its provider can read. */
export interface RedactedPart {
  readonly kind: "redacted";
  readonly proof: Proof;
}

/** The model will not answer, in its own words. */
export interface RefusalPart {
  readonly kind: "refusal";
  readonly text: string;
}

/** A tool is called. */
export interface CallPart {
  readonly kind: "call";
  readonly id: string;
  readonly name: string;
  /** Responses' tool namespaces. */
  readonly namespace?: string | undefined;
  /** JSON text of the arguments as the model wrote it ("" counts as `{}`), or free text of a custom tool. */
  readonly input: string;
  readonly custom: boolean;
  readonly cache?: CacheMark | undefined;
}

/** A tool answered. */
export interface ResultPart {
  readonly kind: "result";
  readonly callId: string;
  /** Texts, images, documents. */
  readonly parts: readonly Part[];
  readonly isError: boolean;
  readonly custom: boolean;
  readonly cache?: CacheMark | undefined;
}

/** Where a text comes from. */
export interface Citation {
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  /** The words cited, where the source tells them. */
  readonly quote?: string | undefined;
  /** Characters of the text it belongs to. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** What the model may call. */
export type Tool = FunctionTool | CustomTool | HostedTool;

/** Takes arguments that a JSON Schema describes. */
export interface FunctionTool {
  readonly kind: "function";
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments; undefined: none given. */
  readonly schema: unknown;
  readonly strict?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
}

/** Takes free text. */
export interface CustomTool {
  readonly kind: "custom";
  readonly name: string;
  readonly description?: string | undefined;
  /** OpenAI's `format` (text, grammar), verbatim. */
  readonly format?: unknown;
}

/** Runs at the provider (web search, code execution); `type` is the dialect's own word. */
export interface HostedTool {
  readonly kind: "hosted";
  readonly type: string;
}

/** Whether, and which, tools must be called. */
export type ToolChoice =
  | { readonly kind: "auto" | "none" | "required" }
  | { readonly kind: "tool"; readonly name: string; readonly namespace?: string | undefined }
  | { readonly kind: "allowed"; readonly names: readonly string[]; readonly required: boolean };

/** The shape of the answer that is asked for. */
export interface OutputWish {
  readonly tokensMax: number | undefined;
  readonly stop: readonly string[];
  readonly format: OutputFormat | undefined;
  readonly verbosity: string | undefined;
}

/** JSON of any shape, or of a schema's. */
export type OutputFormat =
  | { readonly kind: "json" }
  | {
      readonly kind: "schema";
      readonly name: string | undefined;
      readonly description?: string | undefined;
      readonly schema: unknown;
      readonly strict?: boolean | undefined;
    };

/** How the next token is drawn. */
export interface Sampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly seed: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly logitBias: Readonly<Record<string, unknown>> | undefined;
  readonly logprobs: boolean | undefined;
  readonly topLogprobs: number | undefined;
  /** `n`. */
  readonly choices: number;
}

/** How much the model shall think. */
export interface ReasoningWish {
  /** `none` switches it off; else the dialects' common words: minimal, low, medium, high, xhigh, max. */
  readonly effort: string | undefined;
  readonly budgetTokens: number | undefined;
  /** Is the thinking shown? undefined: as the provider likes. */
  readonly shown: boolean | undefined;
}

/** Why an answer ended. */
export type Finish =
  | "stop"
  | "stop-sequence"
  | "length"
  | "calls"
  | "refusal"
  | "pause"
  | "context";

/** A whole answer. */
export interface Reply {
  readonly id: string | undefined;
  readonly parts: readonly Part[];
  readonly finish: Finish;
  readonly stopSequence: string | undefined;
  readonly usage: Usage | undefined;
  /** OpenAI's list of token logprobs, verbatim. */
  readonly logprobs: readonly unknown[] | undefined;
}

/** How a part begins in a stream. */
export type PartHead =
  | { readonly kind: "text" }
  | { readonly kind: "refusal" }
  | { readonly kind: "reasoning"; readonly id?: string | undefined }
  | RedactedPart
  | Omit<CallPart, "input" | "cache">;

/**
 * One step of a streamed answer. A part starts before its deltas and ends after them; parts are numbered
 * from 0 in order of their start; only calls may be open beside each other. After `reply-finish` comes
 * nothing but `usage-tell`, then `reply-end`.
 */
export type ReplyEvent =
  | { readonly type: "reply-start"; readonly id: string | undefined }
  | { readonly type: "part-start"; readonly index: number; readonly part: PartHead }
  | {
      readonly type: "text-delta";
      readonly index: number;
      readonly text: string;
      readonly logprobs?: readonly unknown[] | undefined;
    }
  | { readonly type: "reasoning-delta"; readonly index: number; readonly text: string }
  | { readonly type: "refusal-delta"; readonly index: number; readonly text: string }
  /** JSON text, or the free text of a custom tool, in pieces. */
  | { readonly type: "input-delta"; readonly index: number; readonly text: string }
  | { readonly type: "proof-add"; readonly index: number; readonly proof: Proof }
  | { readonly type: "citation-add"; readonly index: number; readonly citation: Citation }
  | { readonly type: "part-end"; readonly index: number }
  /** The last one told is the true one. */
  | { readonly type: "usage-tell"; readonly usage: Usage }
  | {
      readonly type: "reply-finish";
      readonly finish: Finish;
      readonly stopSequence: string | undefined;
    }
  /** The dialect's success marker. */
  | { readonly type: "reply-end" }
  /** The upstream's own error value. */
  | { readonly type: "reply-fail"; readonly error: unknown }
  /** Not a JSON object. */
  | { readonly type: "noise" };
