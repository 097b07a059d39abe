/** Chooses candidates for one request from the snapshot, within what its policy and its key allow as of now. */
import { ClientGone } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import { projectOf, spendableNanoUsd } from "./money.ts";
import { MODES } from "./policies/index.ts";
import { type Policy, resolvePolicy } from "./policy.ts";
import type { GatewayRequest } from "./request.ts";
import { PIPELINES, resolveTarget } from "./routing/alias.ts";
import type { Decision } from "./routing/decision.ts";
import { emptyError } from "./routing/refusal.ts";
import { decide } from "./routing/route.ts";

/** Chooses for one request, as often as it is asked. */
export interface Router {
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

/** What one ask of an orchestration narrows. */
export interface Narrowing {
  /** The policy in force from the request's own. */
  readonly policy: (own: Policy) => Policy;
  /** The decision with fewer candidates, or in another order. */
  readonly sift: (decision: Decision) => Decision;
}

/** @throws TokenhubError model_not_found. */
export function createRouter(
  gateway: Gateway,
  asked: GatewayRequest,
  narrowing?: Narrowing,
): Router {
  const { platform, snapshot, limits } = gateway;
  const catalog = snapshot.catalog();
  const key = withProjectLabels(asked.key, projectOf(gateway, asked.key));
  const named = resolveTarget({ catalog, target: asked.target, key });
  const resolve = () => {
    const own = resolvePolicy({
      ...asked.policy,
      virtualMode: named.mode,
      key,
      spendableNanoUsd: spendableNanoUsd(gateway, key),
      defaults: asked.defaults,
      serverMode: gateway.settings.defaults.mode,
      modes: MODES,
      pipelines: PIPELINES,
    });
    return narrowing ? narrowing.policy(own) : own;
  };
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
    const decision = decide({
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
    return narrowing ? narrowing.sift(decision) : decision;
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

/** When the request is over, Unix ms; Infinity: it has no deadline. */
export function deadlineOf(
  { startedAtMs }: Pick<GatewayRequest, "startedAtMs">,
  { latencyMs }: Pick<Policy, "latencyMs">,
): number {
  return startedAtMs + (latencyMs ?? Number.POSITIVE_INFINITY);
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
