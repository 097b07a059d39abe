/** One attempt at one candidate: sends it, watches its clocks, reads its answer or opens its stream. */
import type { Candidate } from "./catalog.ts";
import { askUpstream, readCapped } from "./egress.ts";
import { AttemptFault, TokenhubError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Outcome, Platform, RateSignals, UpstreamReply } from "./platform.ts";
import type { ProviderKind } from "./providers/provider.ts";
import { readRateSignals } from "./rate-signals.ts";
import { createRelay, type Relay, type RelayEnd } from "./relay.ts";
import type { Ranked } from "./routing/decision.ts";
import type { AnswerFacts, ChatRequest, Wire } from "./wire/wire.ts";

/** One candidate to ask, everything that asking needs, and who is told how it went. */
export interface AttemptInput {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly kinds: Readonly<Record<string, ProviderKind>>;
  readonly wire: Wire;
  readonly request: ChatRequest;
  readonly requestId: string;
  readonly ranked: Ranked;
  /** How often this provider was asked before in this request; the next endpoint is taken each time. */
  readonly ordinal: number;
  /** Hosts and CIDRs that private providers may reach. */
  readonly privateEgress: readonly string[];
  /** The client's signal. */
  readonly signal: AbortSignal;
  /** Absolute; Infinity when the request has none. */
  readonly deadlineMs: number;
  /** Health, limits, tokens: what this attempt told about its provider. */
  readonly onOutcome: (candidate: Candidate, outcome: Outcome) => void;
  /** A stream that was opened is over. */
  readonly onStreamEnd: (end: RelayEnd) => void;
}

/** A whole answer, or a stream that has shown its first content. */
export type Answer =
  | { readonly kind: "whole"; readonly text: string; readonly facts: AnswerFacts }
  | { readonly kind: "stream"; readonly relay: Relay };

/** What a fault says whose attempt was cut by the request's own deadline. */
export const DEADLINE = "deadline";

/** @throws AttemptFault; every path reports exactly one outcome. */
export async function attempt(input: AttemptInput): Promise<Answer> {
  const { platform, limits, wire, ranked } = input;
  const { candidate } = ranked;
  const sentAtMs = platform.nowMs();
  const { stream } = input.request.facts;
  const clock = startClock(
    input,
    stream
      ? { ms: limits.firstContentMs, what: "first-content-timeout" }
      : { ms: limits.wholeAnswerMs, what: "answer-timeout" },
  );
  let limitsSeen: RateSignals = {};
  const report = (result: Outcome["result"], end: Partial<Outcome>) =>
    input.onOutcome(candidate, {
      modelId: candidate.model.id,
      credential: credentialName(candidate),
      result,
      atMs: platform.nowMs(),
      latencyMs: platform.nowMs() - sentAtMs,
      ttftMs: undefined,
      usage: undefined,
      promptTokensEstimated: input.request.facts.promptTokens,
      limits: limitsSeen,
      ...end,
    });
  let reply: UpstreamReply | undefined;
  try {
    const kind = input.kinds[candidate.provider.kind];
    if (!kind) throw new AttemptFault("misconfigured_candidate", "unknown-kind");
    reply = await askUpstream(platform, {
      candidate,
      kind,
      endpoint: endpointOf(candidate, input),
      path: wire.path,
      body: wire.writeRequest(input.request, {
        upstreamName: candidate.upstreamName,
        outputTokensMax: ranked.estimate.outputTokensCap,
      }),
      credential: credentialOf(candidate, platform),
      stream,
      signal: clock.signal,
      privateEgress: input.privateEgress,
    });
    limitsSeen = readRateSignals(reply.header, platform.nowMs());
    if (reply.status !== 200) throw await refusal(reply, kind, input);
    if (!stream) {
      const text = await readCapped(reply.body, limits.answerBytesMax);
      const facts = wire.readAnswer(text);
      clock.stop();
      report("ok", { usage: facts.usage });
      return { kind: "whole", text, facts };
    }
    const relay = await openRelay(input, { kind, reply, sentAtMs, report, clock });
    return { kind: "stream", relay };
  } catch (error) {
    clock.stop();
    reply?.body.cancel();
    const fault = withRetryAfter(clock.fault() ?? asFault(error), limitsSeen);
    // A deadline is the client's wish: it says nothing about the provider.
    const cut = input.signal.aborted || fault.what === DEADLINE;
    report(cut ? "aborted" : fault.class, {});
    throw fault;
  }
}

interface Opened {
  readonly kind: ProviderKind;
  readonly reply: UpstreamReply;
  readonly sentAtMs: number;
  readonly report: (result: Outcome["result"], end: Partial<Outcome>) => void;
  readonly clock: Clock;
}

async function openRelay(input: AttemptInput, opened: Opened): Promise<Relay> {
  const { reply, report, clock } = opened;
  const type = reply.header("content-type")?.toLowerCase() ?? "";
  if (!type.startsWith("text/event-stream")) {
    throw new AttemptFault("transient", "no-event-stream", { status: reply.status });
  }
  const relay = createRelay({
    platform: input.platform,
    limits: input.limits,
    wire: input.wire,
    kind: opened.kind,
    body: reply.body,
    modelId: input.ranked.candidate.model.id,
    usageWanted: input.request.usageWanted,
    requestId: input.requestId,
    signal: input.signal,
    sentAtMs: opened.sentAtMs,
    onEnd: (end) => {
      clock.stop();
      const ours = end.aborted || end.interruption !== undefined;
      const result = end.fault ? end.fault.class : ours ? "aborted" : "ok";
      report(result, { usage: end.usage, ttftMs: end.ttftMs });
      input.onStreamEnd(end);
    },
  });
  await relay.open();
  clock.disarm((error) => relay.interrupt(error));
  return relay;
}

/** Environment name, or "none": what throttles and exclusions are kept by. */
function credentialName({ provider }: Candidate): string {
  return provider.credentialSource === "none" ? "none" : (provider.envKeyName ?? "");
}

function credentialOf({ provider }: Candidate, platform: Platform): string | undefined {
  return provider.credentialSource === "none"
    ? undefined
    : platform.credential(provider.envKeyName ?? "");
}

/** Endpoints of one provider share the load by chance; a repeated ask takes the next one. */
function endpointOf({ provider }: Candidate, input: AttemptInput): string {
  const { endpoints } = provider;
  if (endpoints.length === 0) return provider.baseUrl;
  const start = Math.floor(input.platform.random() * endpoints.length);
  return endpoints[(start + input.ordinal) % endpoints.length] ?? provider.baseUrl;
}

/** An upstream's no, classed by its kind. */
async function refusal(
  reply: UpstreamReply,
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

interface Clock {
  /** Aborts the upstream: client gone, first content late, or deadline. */
  readonly signal: AbortSignal;
  /** Which clock rang, if one did. */
  fault(): AttemptFault | undefined;
  /** First content came: only the deadline and the client's leaving still count. */
  disarm(onDeadline: (error: TokenhubError) => void): void;
  stop(): void;
}

/** One timer for the attempt (the nearer of its own clock and the deadline) and the client's signal. */
function startClock(input: AttemptInput, own: { ms: number; what: string }): Clock {
  const { platform, signal, deadlineMs } = input;
  const controller = new AbortController();
  let rang: AttemptFault | undefined;
  const leftMs = deadlineMs - platform.nowMs();
  let cancel = platform.timer(Math.max(0, Math.min(own.ms, leftMs)), () => {
    rang = new AttemptFault("transient", leftMs < own.ms ? DEADLINE : own.what);
    controller.abort();
  });
  const leave = () => controller.abort();
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return {
    signal: controller.signal,
    fault: () => rang,
    disarm(onDeadline) {
      cancel();
      if (deadlineMs === Number.POSITIVE_INFINITY) return;
      cancel = platform.timer(Math.max(0, deadlineMs - platform.nowMs()), () =>
        onDeadline(new TokenhubError("deadline_exceeded")),
      );
    },
    stop() {
      cancel();
      signal.removeEventListener("abort", leave);
    },
  };
}
