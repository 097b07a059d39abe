/**
 * The life of a request, in order: policy, route, attempts, answer, record.
 * Doors hand in what they understood and get back an answer in their own dialect.
 */

import { type Account, createAccount } from "./account.ts";
import { NO_USAGE } from "./chat.ts";
import { TokenhubError } from "./errors.ts";
import { type Answered, type AttemptRecord, ClientGone, failover } from "./failover.ts";
import { heldStream } from "./held-stream.ts";
import type { Gateway } from "./isolate.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import { afford, type Paid, pay, projectOf, spendableNanoUsd } from "./money.ts";
import { MODES } from "./policies/index.ts";
import { type Policy, resolvePolicy } from "./policy.ts";
import { PROVIDERS } from "./providers/index.ts";
import type { GatewayReply, GatewayRequest } from "./request.ts";
import { resolveTarget } from "./routing/alias.ts";
import type { Decision } from "./routing/decision.ts";
import { emptyError } from "./routing/refusal.ts";
import { decide } from "./routing/route.ts";
import { findThread, noteThread, onlyAt } from "./threads.ts";

/** @throws TokenhubError; ClientGone when nobody is there to be answered. */
export async function handle(gateway: Gateway, asked: GatewayRequest): Promise<GatewayReply> {
  const loading = gateway.snapshot.ready();
  if (loading) await loading;
  const account = createAccount(gateway, asked);
  try {
    const router = createRouter(gateway, asked);
    const place = asked.request.thread ? await findThread(gateway, asked) : undefined;
    let decision = onlyAt(place, router.decide());
    if (decision.ranked.length === 0) decision = await router.wait(decision);
    account.route(router.policy(), decision);
    const again = () => onlyAt(place, router.decide());
    const deadlineMs = asked.startedAtMs + (router.policy().latencyMs ?? Number.POSITIVE_INFINITY);
    const paying = pay(gateway, asked, { decision, again, deadlineMs });
    const paid = paying instanceof Promise ? await paying : paying;
    account.pay(router.policy(), paid);
    const endpoint = place?.endpoint;
    const working = work(gateway, asked, { account, paid, router, endpoint, deadlineMs });
    if (!asked.request.facts.stream) {
      const done = await working;
      noteThread(gateway, asked, done);
      const { answer, ranked } = done;
      if (answer.kind !== "whole") throw new TokenhubError("internal");
      const { usage, outputChars } = answer.facts;
      account.settle({ usage: asked.door.isFree ? NO_USAGE : usage, outputChars });
      const body = asked.door.whole(
        { text: answer.text, modelId: ranked.candidate.model.id },
        account,
      );
      return { head: { status: 200, headers: account.headers("application/json") }, body };
    }
    return await heldStream(gateway, asked, { account, working });
  } catch (error) {
    account.fail(error);
    throw error instanceof TokenhubError ? error.with(refusalHeaders(account)) : error;
  }
}

/** What an error's answer tells of the attempts before it. */
function refusalHeaders(account: Account): Record<string, string> {
  return {
    "x-tokenhub-attempts": String(account.attempts()),
    "x-tokenhub-reason": account.reason(),
  };
}

interface Router {
  /** Of the last decision. */
  policy(): Policy;
  /** The order is the client's own: an alias. */
  readonly keepOrder: boolean;
  /** Within what the key's budgets have left as of now. */
  decide(): Decision;
  /**
   * When only a short throttle stood in the way of that decision, waits for it once and decides again.
   * @throws TokenhubError why nothing can be chosen; ClientGone.
   */
  wait(empty: Decision): Promise<Decision>;
}

/** @throws TokenhubError model_not_found. */
function createRouter(gateway: Gateway, asked: GatewayRequest): Router {
  const { platform, snapshot, limits } = gateway;
  const catalog = snapshot.catalog();
  const key = withProjectLabels(asked.key, projectOf(gateway, asked.key));
  const named = resolveTarget({ catalog, target: asked.target, key });
  const resolve = () =>
    resolvePolicy({
      ...asked.policy,
      virtualMode: named.mode,
      key,
      spendableNanoUsd: spendableNanoUsd(gateway, key),
      defaults: asked.defaults,
      serverMode: gateway.settings.defaults.mode,
      modes: MODES,
    });
  let policy = resolve();
  const seed = Math.floor(platform.random() * 2 ** 32);
  const pinned = policy.pin || asked.namePins;
  const refuse = (decision: Decision) =>
    emptyError(decision, {
      nowMs: platform.nowMs(),
      pinned,
      target: asked.target,
      facts: asked.request.facts,
      needFields: asked.wire.needFields,
    });
  const run = () => {
    if (policy.isMetered) policy = resolve();
    return decide({
      catalog,
      views: snapshot.views(),
      facts: asked.request.facts,
      policy,
      key,
      target: asked.target,
      pinned,
      credentials: gateway.keyring.usable,
      nowMs: platform.nowMs(),
      seed,
    });
  };
  const patienceMs = Math.min(limits.throttleWaitMs, policy.latencyMs ?? Number.POSITIVE_INFINITY);
  return {
    policy: () => policy,
    keepOrder: named.kind === "alias",
    decide: run,
    async wait(empty) {
      const waitMs = shortestThrottle(empty, platform.nowMs());
      if (waitMs > patienceMs) throw refuse(empty);
      await platform.after(waitMs, asked.exchange.signal);
      if (asked.exchange.signal.aborted) throw new ClientGone();
      const decision = run();
      if (decision.ranked.length === 0) throw refuse(decision);
      return decision;
    },
  };
}

/** The project's labels are asked for beside the key's own. */
function withProjectLabels(key: KeyRecord, project: ProjectRecord | undefined): KeyRecord {
  if (!project || project.labels.length === 0) return key;
  return { ...key, requiredLabels: [...key.requiredLabels, ...project.labels] };
}

function shortestThrottle(decision: Decision, nowMs: number): number {
  let waitMs = Number.POSITIVE_INFINITY;
  for (const { reason, untilMs } of decision.excluded) {
    if (reason === "throttled" && untilMs !== undefined) waitMs = Math.min(waitMs, untilMs - nowMs);
  }
  return waitMs;
}

function work(
  gateway: Gateway,
  asked: GatewayRequest,
  run: {
    readonly account: Account;
    readonly paid: Paid;
    readonly router: Router;
    readonly deadlineMs: number;
    readonly endpoint: string | undefined;
  },
): Promise<Answered> {
  const { account, endpoint, paid, router } = run;
  const { requestId } = asked;
  return failover({
    platform: gateway.platform,
    limits: gateway.limits,
    kinds: PROVIDERS,
    wire: asked.wire,
    request: asked.request,
    requestId: asked.requestId,
    privateEgress: gateway.settings.privateEgress,
    signal: asked.exchange.signal,
    header: asked.exchange.header,
    secretOf: gateway.keyring.secret,
    endpoint,
    deadlineMs: run.deadlineMs,
    ranked: paid.decision.ranked,
    keepOrder: router.keepOrder,
    afford: (ranked) => afford(gateway, asked, { hold: paid.hold, ranked }),
    inFlight: gateway.inFlight,
    onAttempt: (record: AttemptRecord) => account.attempt(record),
    onOutcome: (candidate, outcome) => {
      gateway.snapshot.observe(candidate.provider.id, outcome);
      gateway.outbox.observe(candidate.provider.id, outcome);
      const pulse = gateway.snapshot.views()[candidate.provider.id]?.pulse[candidate.model.id];
      gateway.alarms.observe(candidate.provider.id, outcome, pulse);
    },
    onStreamEnd: (end) => {
      gateway.openStreams.delete(requestId);
      account.end(end);
    },
  });
}
