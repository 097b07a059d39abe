/**
 * Tries candidates until one answers: one budget of attempts, one deadline, one abort chain.
 * Failures before the first content stay invisible; what they cost is recorded.
 */
import { type Answer, type AttemptInput, type AttemptTarget, attempt } from "./attempt.ts";
import { DEADLINE } from "./attempt-clock.ts";
import { AttemptFault, FAULTS, TokenhubError } from "./errors.ts";
import { exhausted, fatal } from "./exhausted.ts";
import type { Notes } from "./interpreter.ts";
import type { Ranked } from "./routing/decision.ts";

/** One finished attempt, as the decision shows it. */
export interface AttemptRecord {
  readonly ranked: Ranked;
  readonly result: "ok" | "aborted" | AttemptFault["class"];
  /** A word of a closed set: `connect`, `http-503`, `first-content-timeout`, …; `ok`. */
  readonly what: string;
  readonly status: number;
  readonly latencyMs: number;
  /** Of an answer: what the client must know about how it came. */
  readonly notes?: Notes;
}

/** Whom to ask in which order, and who is told of each attempt. */
export interface FailoverInput extends AttemptInput {
  readonly ranked: readonly Ranked[];
  /** True: the order is the client's (alias chain); false: nearest weight follows a broken model. */
  readonly keepOrder: boolean;
  /** Does the budget pay for this one too? It may have to be asked. */
  readonly afford: (ranked: Ranked) => boolean | Promise<boolean>;
  /** In flight per provider in this isolate, for the retry budget. */
  readonly inFlight: InFlight;
  readonly onAttempt: (record: AttemptRecord) => void;
}

/** provider id → requests and retries in flight. */
export type InFlight = Map<string, { all: number; retries: number }>;

/** The answer, and who gave it. */
export interface Answered {
  readonly answer: Answer;
  readonly ranked: Ranked;
}

/**
 * @throws TokenhubError when the budget is used up, the deadline passed, or the request itself is at fault;
 * ClientGone when the client left.
 */
export async function failover(input: FailoverInput): Promise<Answered> {
  const { limits } = input;
  const left = [...input.ranked];
  const perProvider = new Map<string, number>();
  /** Credentials that no other offer is asked with any more, by provider and name. */
  const spoiled = new Set<string>();
  const faults: AttemptFault[] = [];
  let isShort = false;
  let last: Failed | undefined;

  for (let made = 0; made < limits.attemptsMax; made += 1) {
    const next = choose({ left, last, perProvider, spoiled }, input);
    if (!next) break;
    const { ranked } = next;
    const affords = input.afford(ranked);
    if (!(typeof affords === "boolean" ? affords : await affords)) {
      isShort = true;
      continue;
    }
    const providerId = ranked.candidate.provider.id;
    const ordinal = perProvider.get(providerId) ?? 0;
    perProvider.set(providerId, ordinal + 1);
    // Before the wait: those that wait for their retry count against its budget.
    const leave = enter(input.inFlight, providerId, made > 0);
    try {
      if (next.waitMs > 0) await wait(next.waitMs, input);
      refuseLate(input);
      const tried = await once(input, { ranked, ordinal });
      if (!(tried instanceof AttemptFault)) return { answer: tried, ranked };
      last = { ranked, fault: tried };
    } finally {
      leave();
    }
    refuseLate(input);
    const { fault } = last;
    // The timer that rang may have been early by a fraction of a millisecond.
    if (fault.what === DEADLINE) throw new TokenhubError("deadline_exceeded");
    if (!FAULTS[fault.class].failover) throw fatal(fault);
    if (FAULTS[fault.class].scope === "credential" || fault.class === "credential_unavailable") {
      spoiled.add(`${providerId}\n${ranked.credentials[0]}`);
    }
    faults.push(fault);
  }
  if (isShort) throw new TokenhubError("budget_exceeded", { shouldRetry: false });
  throw exhausted(faults, {
    promptTokens: input.request.facts.promptTokens,
    contexts: input.ranked.map(({ candidate }) => candidate.model.maxContextTokens),
  });
}

/** One attempt, recorded; its fault is an answer too. */
async function once(input: FailoverInput, target: AttemptTarget): Promise<Answer | AttemptFault> {
  const { ranked } = target;
  const sentAtMs = input.platform.nowMs();
  const latencyMs = () => input.platform.nowMs() - sentAtMs;
  try {
    const answer = await attempt(input, target);
    input.onAttempt({
      ranked,
      result: "ok",
      what: "ok",
      status: 200,
      latencyMs: latencyMs(),
      notes: answer.notes,
    });
    return answer;
  } catch (error) {
    if (!(error instanceof AttemptFault)) throw error;
    const { status } = error;
    const aborted = input.signal.aborted || error.what === DEADLINE;
    input.onAttempt({
      ranked,
      result: aborted ? "aborted" : error.class,
      what: input.signal.aborted ? "aborted" : error.what,
      status,
      latencyMs: latencyMs(),
    });
    return error;
  }
}

interface Failed {
  readonly ranked: Ranked;
  readonly fault: AttemptFault;
}

/** Where the search stands. */
interface Search {
  readonly left: Ranked[];
  readonly last: Failed | undefined;
  readonly perProvider: ReadonlyMap<string, number>;
  readonly spoiled: ReadonlySet<string>;
}

/** The next candidate, taken out of `left` unless it may be asked once more. */
function choose(
  search: Search,
  input: FailoverInput,
): { ranked: Ranked; waitMs: number } | undefined {
  const { left, last, perProvider, spoiled } = search;
  const { limits } = input;
  const other = last && withOtherCredential(last, spoiled);
  const mayAsk = ({ candidate, credentials }: Ranked) => {
    const id = candidate.provider.id;
    const used = perProvider.get(id) ?? 0;
    if (used >= limits.attemptsPerProviderMax) return false;
    if (used === 0 && perProvider.size >= limits.providersMax) return false;
    if (spoiled.size > 0 && credentials.every((name) => spoiled.has(`${id}\n${name}`)))
      return false;
    return last === undefined || mayRetry(input, id);
  };
  if (other && mayAsk(other)) return { ranked: other, waitMs: 0 };
  const open = left.filter(mayAsk);
  const pick = last ? after(open, last, input.keepOrder) : open[0];
  if (pick) {
    left.splice(left.indexOf(pick), 1);
    const used = perProvider.get(pick.candidate.provider.id) ?? 0;
    const isTired = used > 0 && last?.fault.class === "transient";
    return { ranked: unspoiled(pick, spoiled), waitMs: isTired ? backoff(used, input) : 0 };
  }
  return last && again(last, perProvider, input);
}

/** The same candidate with the next of its credentials, where the last one was at fault. */
function withOtherCredential({ ranked, fault }: Failed, spoiled: Search["spoiled"]) {
  const { scope } = FAULTS[fault.class];
  const isItsFault =
    scope === "credential" ||
    scope === "credential-model" ||
    fault.class === "credential_unavailable";
  if (!isItsFault || ranked.credentials.length < 2) return undefined;
  return unspoiled({ ...ranked, credentials: ranked.credentials.slice(1) }, spoiled);
}

/** Without the credentials that failed before, as long as one is left. */
function unspoiled(ranked: Ranked, spoiled: Search["spoiled"]): Ranked {
  if (spoiled.size === 0) return ranked;
  const { id } = ranked.candidate.provider;
  const credentials = ranked.credentials.filter((name) => !spoiled.has(`${id}\n${name}`));
  return credentials.length > 0 ? { ...ranked, credentials } : ranked;
}

/** Which of the open candidates follows a failure of this class. */
function after(open: readonly Ranked[], last: Failed, keepOrder: boolean): Ranked | undefined {
  const failed = last.ranked.candidate;
  if (last.fault.class === "context_overflow") {
    const had = failed.model.maxContextTokens ?? 0;
    return open
      .filter((r) => (r.candidate.model.maxContextTokens ?? Number.POSITIVE_INFINITY) > had)
      .sort((a, b) => contextOf(a) - contextOf(b))[0];
  }
  const same = open.find((r) => r.candidate.model.id === failed.model.id);
  if (same || keepOrder || last.fault.class !== "transient") return same ?? open[0];
  const distance = (r: Ranked) => Math.abs(r.candidate.model.weight - failed.model.weight);
  return open.reduce<Ranked | undefined>(
    (best, r) => (best && distance(best) <= distance(r) ? best : r),
    undefined,
  );
}

function contextOf(ranked: Ranked): number {
  return ranked.candidate.model.maxContextTokens ?? Number.MAX_SAFE_INTEGER;
}

/** Nobody else is left: the same candidate once more, after full-jitter backoff or its own Retry-After. */
function again(
  last: Failed,
  perProvider: ReadonlyMap<string, number>,
  input: FailoverInput,
): { ranked: Ranked; waitMs: number } | undefined {
  const { limits, platform } = input;
  const id = last.ranked.candidate.provider.id;
  const used = perProvider.get(id) ?? 0;
  if (used >= limits.attemptsPerProviderMax || !mayRetry(input, id)) return undefined;
  if (last.fault.class === "transient") {
    return { ranked: last.ranked, waitMs: backoff(used, input) };
  }
  if (last.fault.class !== "rate_limited") return undefined;
  const waitMs = last.fault.retryAfterMs;
  if (waitMs === undefined || waitMs > limits.throttleWaitMs) return undefined;
  if (platform.nowMs() + waitMs > input.deadlineMs) return undefined;
  return { ranked: last.ranked, waitMs };
}

/** Full jitter: anything from nothing to a ceiling that doubles with each attempt at the provider. */
function backoff(used: number, { limits, platform }: FailoverInput): number {
  return platform.random() * Math.min(limits.backoffMaxMs, limits.backoffBaseMs * 2 ** used);
}

function mayRetry(input: FailoverInput, providerId: string): boolean {
  const flight = input.inFlight.get(providerId);
  if (!flight) return true;
  const { retryBudgetMin, retryBudgetShare } = input.limits;
  return flight.retries < Math.max(retryBudgetMin, retryBudgetShare * flight.all);
}

function enter(inFlight: InFlight, providerId: string, isRetry: boolean): () => void {
  const flight = inFlight.get(providerId) ?? { all: 0, retries: 0 };
  inFlight.set(providerId, flight);
  flight.all += 1;
  if (isRetry) flight.retries += 1;
  return () => {
    flight.all -= 1;
    if (isRetry) flight.retries -= 1;
    if (flight.all === 0) inFlight.delete(providerId);
  };
}

/** Not beyond the deadline, which is told as soon as it is there. */
function wait(ms: number, { platform, signal, deadlineMs }: FailoverInput): Promise<void> {
  return platform.after(Math.min(ms, deadlineMs - platform.nowMs()), signal);
}

/** @throws when nobody waits for an answer any more. */
function refuseLate(input: FailoverInput): void {
  if (input.signal.aborted) throw new ClientGone();
  if (input.platform.nowMs() >= input.deadlineMs) throw new TokenhubError("deadline_exceeded");
}

/** The client left: nothing to answer, nobody's fault. */
export class ClientGone extends Error {
  constructor() {
    super("the client left");
    this.name = "ClientGone";
  }
}
