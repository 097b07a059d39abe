/** One attempt at one candidate: sends it, watches its clocks, reads its answer or opens its stream. */
import { type Clock, DEADLINE, startClock } from "./attempt-clock.ts";
import type { Candidate, ProviderRecord } from "./catalog.ts";
import { type AskedReply, askUpstream, readCapped } from "./egress.ts";
import { AttemptFault, TokenhubError } from "./errors.ts";
import { type Interpretation, interpret, type Notes } from "./interpreter.ts";
import type { Limits } from "./limits.ts";
import type { Outcome, Platform, RateSignals } from "./platform.ts";
import type { ProviderKind } from "./providers/provider.ts";
import { readRateSignals } from "./rate-signals.ts";
import { createRelay, type Relay, type RelayEnd } from "./relay.ts";
import type { Ranked } from "./routing/decision.ts";
import type { ChatRequest } from "./wire/chat-request.ts";
import type { AnswerFacts, Wire } from "./wire/wire.ts";

/** Everything that asking anybody needs, and who is told how it went. */
export interface AttemptInput {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly kinds: Readonly<Record<string, ProviderKind>>;
  readonly wire: Wire;
  readonly request: ChatRequest;
  readonly requestId: string;
  /** Hosts and CIDRs that private providers may reach. */
  readonly privateEgress: readonly string[];
  /** The client's signal. */
  readonly signal: AbortSignal;
  /** The client's request headers, by lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The one server that holds the conversation; undefined: any of the provider's. */
  readonly endpoint: string | undefined;
  /** Absolute; Infinity when the request has none. */
  readonly deadlineMs: number;
  /** The secret of that name; undefined: there is none. Throws as `Vault.secret`. */
  readonly secretOf: (
    provider: ProviderRecord,
    name: string,
  ) => string | undefined | Promise<string>;
  /** Health, limits, tokens: what this attempt told about its provider. */
  readonly onOutcome: (candidate: Candidate, outcome: Outcome) => void;
  /** A stream that was opened is over. */
  readonly onStreamEnd: (end: RelayEnd) => void;
}

/** Whom to ask. */
export interface AttemptTarget {
  readonly ranked: Ranked;
  /** How often this provider was asked before in this request; the next endpoint is taken each time. */
  readonly ordinal: number;
}

/** A whole answer in the client's dialect, or a stream that has shown its first content. */
export type Answer = {
  readonly notes: Notes;
  /** Base URL that was asked; undefined: nobody was. */
  readonly endpoint: string | undefined;
} & (
  | { readonly kind: "whole"; readonly text: string; readonly facts: AnswerFacts }
  | { readonly kind: "stream"; readonly relay: Relay }
);

/**
 * @throws AttemptFault; TokenhubError when the request itself cannot be told to this candidate. Every path
 * reports exactly one outcome.
 */
export async function attempt(input: AttemptInput, target: AttemptTarget): Promise<Answer> {
  const { platform, limits } = input;
  const { ranked } = target;
  const { candidate } = ranked;
  const sentAtMs = platform.nowMs();
  const { stream } = input.request.facts;
  const clock = startClock(
    input,
    stream
      ? { ms: limits.firstContentMs, what: "first-content-timeout" }
      : { ms: limits.wholeAnswerMs, what: "answer-timeout" },
  );
  const { report, limitsAre } = createReport(input, ranked, sentAtMs);
  let limitsSeen = NO_LIMITS;
  let reply: AskedReply | undefined;
  try {
    const kind = input.kinds[candidate.provider.kind];
    if (!kind) throw new AttemptFault("misconfigured_candidate", "unknown-kind");
    const { wire, request, header } = input;
    const spoken = interpret({ platform, wire, request, header, kind, ranked });
    const { notes } = spoken;
    if (spoken.own !== undefined) {
      clock.stop();
      report("aborted", NO_END);
      const { text, facts } = spoken.readAnswer(spoken.own);
      return { kind: "whole", notes, endpoint: undefined, text, facts };
    }
    const endpoint = endpointOf(candidate, input, target.ordinal);
    const secret = credentialOf(input, ranked);
    reply = await askUpstream(platform, {
      candidate,
      kind,
      endpoint,
      path: spoken.path,
      headers: spoken.headers,
      body: spoken.body,
      credential: typeof secret === "object" ? await secret : secret,
      stream,
      signal: clock.signal,
      privateEgress: input.privateEgress,
    });
    limitsSeen = readRateSignals(reply.header, platform.nowMs());
    limitsAre(limitsSeen);
    if (reply.status !== 200) throw await refusal(reply, kind, input);
    if (!stream) {
      const { text, facts } = spoken.readAnswer(
        await readCapped(reply.body, limits.answerBytesMax),
      );
      clock.stop();
      report("ok", { usage: facts.usage, ttftMs: undefined });
      return { kind: "whole", notes, endpoint, text, facts };
    }
    const relay = await openRelay(input, { kind, spoken, reply, sentAtMs, report, clock });
    return { kind: "stream", notes, endpoint, relay };
  } catch (error) {
    clock.stop();
    reply?.body.cancel();
    if (error instanceof TokenhubError) {
      // The request contradicts itself: no candidate could do better, and none is to blame.
      report("aborted", NO_END);
      throw error;
    }
    const broken = reply?.faultOf(error) ?? asFault(error);
    const fault = withRetryAfter(clock.fault() ?? broken, limitsSeen);
    // A deadline is the client's wish: it says nothing about the provider.
    const cut = input.signal.aborted || fault.what === DEADLINE;
    report(cut ? "aborted" : fault.class, NO_END);
    throw fault;
  }
}

const NO_LIMITS: RateSignals = {};
const NO_END = { usage: undefined, ttftMs: undefined };

type Report = (result: Outcome["result"], end: Pick<Outcome, "usage" | "ttftMs">) => void;

/** Apart from the attempt, so that a stream that lives on does not keep its whole request. */
function createReport(
  input: AttemptInput,
  { candidate, credentials }: Ranked,
  sentAtMs: number,
): { readonly report: Report; limitsAre(seen: RateSignals): void } {
  const { platform, onOutcome } = input;
  const { promptTokens } = input.request.facts;
  let limits = NO_LIMITS;
  return {
    limitsAre(seen) {
      limits = seen;
    },
    report(result, { usage, ttftMs }) {
      const atMs = platform.nowMs();
      onOutcome(candidate, {
        modelId: candidate.model.id,
        credential: credentials[0] ?? "none",
        result,
        atMs,
        latencyMs: atMs - sentAtMs,
        ttftMs,
        usage,
        promptTokensEstimated: promptTokens,
        limits,
      });
    },
  };
}

interface Opened {
  readonly kind: ProviderKind;
  readonly spoken: Interpretation;
  readonly reply: AskedReply;
  readonly sentAtMs: number;
  readonly report: Report;
  readonly clock: Clock;
}

async function openRelay(input: AttemptInput, opened: Opened): Promise<Relay> {
  const { reply } = opened;
  const type = reply.header("content-type")?.toLowerCase() ?? "";
  if (!type.startsWith("text/event-stream")) {
    throw new AttemptFault("transient", "no-event-stream", { status: reply.status });
  }
  const relay = createRelay({
    platform: input.platform,
    limits: input.limits,
    path: opened.spoken.openStream(),
    kind: opened.kind,
    body: reply.body,
    requestId: input.requestId,
    signal: input.signal,
    sentAtMs: opened.sentAtMs,
    faultOf: reply.faultOf,
    onEnd: ending(opened, input.onStreamEnd),
  });
  await relay.open();
  opened.clock.disarm((error) => relay.interrupt(error));
  return relay;
}

function ending({ clock, report }: Opened, onStreamEnd: (end: RelayEnd) => void) {
  return (end: RelayEnd) => {
    clock.stop();
    const ours = end.aborted || end.interruption !== undefined;
    const result = end.fault ? end.fault.class : ours ? "aborted" : "ok";
    report(result, { usage: end.usage, ttftMs: end.ttftMs });
    onStreamEnd(end);
  };
}

/** What the vault refuses → our word. */
const REFUSED: Readonly<Record<string, string>> = {
  vault_uninitialised: "vault-sealed",
  vault_sealed: "vault-sealed",
  vault_tampered: "vault-tampered",
  credential_unreadable: "credential-unreadable",
  credential_origin_mismatch: "origin-mismatch",
};

/** @throws AttemptFault `credential_unavailable`: the vault cannot give it. */
function credentialOf(
  { secretOf }: AttemptInput,
  { candidate: { provider }, credentials }: Ranked,
): string | undefined | Promise<string> {
  if (provider.credentialSource === "none") return undefined;
  try {
    const secret = secretOf(provider, credentials[0] ?? "");
    return typeof secret === "object" ? secret.catch(unavailable) : secret;
  } catch (error) {
    return unavailable(error);
  }
}

function unavailable(error: unknown): never {
  const what = error instanceof TokenhubError ? REFUSED[error.code] : undefined;
  throw new AttemptFault("credential_unavailable", what ?? "vault-unreachable");
}

/** Endpoints of one provider share the load by chance; a repeated ask takes the next one. */
function endpointOf({ provider }: Candidate, input: AttemptInput, ordinal: number): string {
  const { endpoints } = provider;
  if (input.endpoint !== undefined && servers(provider).includes(input.endpoint)) {
    return input.endpoint;
  }
  if (endpoints.length === 0) return provider.baseUrl;
  const start = Math.floor(input.platform.random() * endpoints.length);
  return endpoints[(start + ordinal) % endpoints.length] ?? provider.baseUrl;
}

function servers({ endpoints, baseUrl }: Candidate["provider"]): readonly string[] {
  return endpoints.length > 0 ? endpoints : [baseUrl];
}

/** An upstream's no, classed by its kind. */
async function refusal(
  reply: AskedReply,
  kind: ProviderKind,
  { platform, limits }: AttemptInput,
): Promise<AttemptFault> {
  let body: unknown;
  const stop = platform.timer(limits.errorBodyMs, () => reply.body.cancel());
  try {
    body = JSON.parse(await readCapped(reply.body, limits.errorBodyBytesMax));
  } catch {
    reply.body.cancel();
  } finally {
    stop();
  }
  return kind.classify({ status: reply.status, header: reply.header, body });
}

function asFault(error: unknown): AttemptFault {
  return error instanceof AttemptFault ? error : new AttemptFault("transient", "reset");
}

function withRetryAfter(fault: AttemptFault, seen: RateSignals): AttemptFault {
  const retryAfterMs = fault.retryAfterMs ?? seen.retryAfterMs ?? seen.resetMs;
  if (retryAfterMs === fault.retryAfterMs) return fault;
  return new AttemptFault(fault.class, fault.what, {
    status: fault.status,
    retryAfterMs,
    param: fault.param,
  });
}
