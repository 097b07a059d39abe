/**
 * How one candidate is spoken to: in the client's own dialect where its provider speaks it, else translated.
 */
import type { Candidate } from "./catalog.ts";
import type { Dialect } from "./chat.ts";
import { AttemptFault, TokenhubError } from "./errors.ts";
import type { Platform } from "./platform.ts";
import { dialectsOf } from "./providers/dialects.ts";
import type { ProviderKind } from "./providers/provider.ts";
import type { Ranked } from "./routing/decision.ts";
import type { ChatRequest } from "./wire/chat-request.ts";
import { WIRES } from "./wire/index.ts";
import { translateAnswer, translateRequest, translateStream } from "./wire/translate.ts";
import type { AnswerFacts, EventPath, Wire } from "./wire/wire.ts";

/** A request and the candidate that shall answer it. */
export interface InterpreterInput {
  readonly platform: Pick<Platform, "nowMs" | "newId">;
  /** The client's dialect. */
  readonly wire: Wire;
  readonly request: ChatRequest;
  readonly kind: ProviderKind;
  readonly ranked: Ranked;
  /** The client's request headers, by lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** What the client is told about what became of its request. */
export interface Notes {
  /** Paths of what the provider was not told. */
  readonly dropped: readonly string[];
  /** Output cap that the provider's dialect demanded and the client had not given. */
  readonly capped: number | undefined;
  /** The answer is our own estimate; no provider was asked. */
  readonly estimated: boolean;
}

/** One candidate's side of the conversation. */
export interface Interpretation {
  /** The whole answer, when no provider has to be asked for it. */
  readonly own: string | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly notes: Notes;
  /** An answer of the provider, in the client's dialect. @throws AttemptFault transient. */
  readAnswer(text: string): { readonly text: string; readonly facts: AnswerFacts };
  openStream(): EventPath;
}

const NO_NOTES: Notes = { dropped: [], capped: undefined, estimated: false };
/** For models whose own maximum nobody told: what nearly every model takes. */
const OUTPUT_CAP_UNKNOWN = 4_096;

/**
 * @throws AttemptFault `unsupported` when the provider's dialect cannot say what the client asked,
 * `misconfigured_candidate` when it cannot be asked at all; TokenhubError for a request that contradicts itself.
 */
export function interpret(input: InterpreterInput): Interpretation {
  const { wire, request, kind, ranked } = input;
  const { provider } = ranked.candidate;
  const spoken = dialectsOf(provider, kind);
  if (spoken.includes(wire.dialect)) return native(input);
  if (wire.estimate) return estimated(input, wire.estimate(request));
  const foreign = spoken.map((dialect) => WIRES[dialect]).find(({ codec }) => codec);
  if (!wire.codec || !foreign) throw new AttemptFault("misconfigured_candidate", "no-dialect");
  return translated(input, foreign);
}

function native(input: InterpreterInput): Interpretation {
  const { wire, request, ranked } = input;
  return {
    own: undefined,
    path: wire.path,
    headers: headersOf(input),
    body: wire.writeRequest(request, {
      upstreamName: ranked.candidate.upstreamName,
      outputTokensMax: ranked.estimate.outputTokensCap,
    }),
    notes: wire.dropped ? { ...NO_NOTES, dropped: wire.dropped(request) } : NO_NOTES,
    readAnswer: (text) => ({ text, facts: wire.readAnswer(text) }),
    openStream: () => wire.openStream(contextOf(input)),
  };
}

function estimated({ wire }: InterpreterInput, own: string): Interpretation {
  return {
    own,
    path: wire.path,
    headers: {},
    body: "",
    notes: { ...NO_NOTES, estimated: true },
    readAnswer: (text) => ({ text, facts: wire.readAnswer(text) }),
    openStream() {
      throw new TokenhubError("internal");
    },
  };
}

function translated(input: InterpreterInput, provider: Wire): Interpretation {
  const { wire: door, request, ranked } = input;
  const { candidate, estimate } = ranked;
  const capped = capFor(provider.dialect, { candidate, request, cap: estimate.outputTokensCap });
  const { body, dropped, names } = refusable(() =>
    translateRequest(request, {
      door,
      provider,
      target: {
        upstreamName: candidate.upstreamName,
        outputTokensMax: estimate.outputTokensCap ?? capped,
        modelOutputTokensMax: candidate.model.maxOutputTokens,
      },
    }),
  );
  return {
    own: undefined,
    path: provider.path,
    headers: provider.headers,
    body,
    notes: { dropped, capped, estimated: false },
    readAnswer: (text) =>
      translateAnswer(text, { door, provider, names, context: contextOf(input) }),
    openStream: () => translateStream({ door, provider, names, context: contextOf(input) }),
  };
}

/** The cap that this dialect demands; undefined: none, or there is one already. */
function capFor(
  dialect: Dialect,
  given: { candidate: Candidate; request: ChatRequest; cap: number | undefined },
): number | undefined {
  const { candidate, request, cap } = given;
  if (dialect !== "anthropic" || cap !== undefined) return undefined;
  if (request.facts.outputTokensMax !== undefined) return undefined;
  return candidate.model.maxOutputTokens ?? OUTPUT_CAP_UNKNOWN;
}

/** What one dialect cannot say, another candidate's may. */
function refusable<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TokenhubError) || error.code !== "unsupported_parameter") throw error;
    throw new AttemptFault("unsupported", "unsupported-parameter", { param: error.param });
  }
}

/** Longest header value that is passed on. */
const HEADER_CHARS_MAX = 2_048;

function headersOf({ wire, header }: InterpreterInput): Readonly<Record<string, string>> {
  if (wire.forwarded.length === 0) return wire.headers;
  const headers: Record<string, string> = { ...wire.headers };
  for (const name of wire.forwarded) {
    const value = header(name);
    if (value !== undefined && value.length <= HEADER_CHARS_MAX && /^[\x20-\x7e]+$/.test(value)) {
      headers[name] = value;
    }
  }
  return headers;
}

function contextOf({ platform, ranked, request }: InterpreterInput) {
  return {
    modelId: ranked.candidate.model.id,
    usageWanted: request.usageWanted,
    request,
    nowMs: platform.nowMs(),
    newId: platform.newId,
  };
}
