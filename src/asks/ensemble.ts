/**
 * What all asks of one orchestrated request were decided, tried and cost: told in headers, in the decision, in the
 * log row and in the metrics, each from this one place. Totals are exact sums of the stages.
 */
import type { Bill } from "../bill.ts";
import { type Closing, closingOf, failureOf, GOOD } from "../closing.ts";
import { usdFromNano } from "../cost.ts";
import { answerHeaders, policyView } from "../decision-view.ts";
import type { AttemptRecord } from "../failover.ts";
import type { Notes } from "../interpreter.ts";
import type { Gateway } from "../isolate.ts";
import type { AskFailure, Mode, Outcome, Question, Trim } from "../modes/mode.ts";
import type { RequestRow } from "../platform.ts";
import type { Policy } from "../policy.ts";
import type { Hold } from "../purse.ts";
import type { RelayEnd } from "../relay.ts";
import type { GatewayRequest, Told } from "../request.ts";
import type { Decision } from "../routing/decision.ts";
import { explain } from "../routing/explain.ts";
import { tellAttempt, tellRequest } from "../tell.ts";
import { billOf, type Entry } from "./journal.ts";
import { type Stage, stageArtifact, stageView } from "./stage.ts";

/** Written to as the stages go on; readable by doors at any time. */
export interface Ensemble extends Told {
  readonly stages: readonly Stage[];
  /** How many attempts are over, in all stages. */
  attempts(): number;
  pay(paid: { hold: Hold | undefined; nanoUsd: number; trimmed: readonly Trim[] }): void;
  /** A question is asked; its bill is written on as it is answered. */
  begin(question: Question, bill: Bill, decision: Decision): Stage;
  /** The same for one that an earlier attempt at the plan put: its money is settled already. */
  restore(question: Question, kept: Entry): Stage;
  attempt(bill: Bill, made: AttemptRecord): void;
  /** The stream of the final stage is over. */
  endStream(bill: Bill, end: RelayEnd): void;
  /** `atMs` undefined: now. */
  finish(stage: Stage, end: { text: string } | { failure: AskFailure }, atMs?: number): void;
  /** What the mode came to; `final` is the stage whose answer goes out. */
  decide(outcome: Outcome, final: Stage): void;
  /** The whole answer is out, or the stream of the final stage is over. */
  settle(end?: RelayEnd): void;
  /** No answer was given, or, when the head of a stream has left already, none that was one. */
  fail(error: unknown, headSent?: boolean): void;
  /** Another attempt goes on with the plan: what this one spent is settled, and nothing recorded. */
  pause(): void;
}

/** What the client must know of how its answer came; a cap that its dialect demanded goes before one for money. */
function notesOf(final: Stage | undefined): Notes | undefined {
  const notes = final?.bill.answering()?.notes;
  return notes && { ...notes, capped: notes.capped ?? final?.capped };
}

/** Starts the account of one orchestrated request. */
export function createEnsemble(
  gateway: Gateway,
  asked: GatewayRequest,
  given: { readonly mode: Mode; readonly policy: Policy; readonly wantsArtifacts: boolean },
): Ensemble {
  const { platform } = gateway;
  const { requestId, clientRequestId, startedAtMs, key, door, meta, directives } = asked;
  const { promptTokens, stream } = asked.request.facts;
  const { mode, policy } = given;
  const stages: Stage[] = [];
  let final: Stage | undefined;
  let outcome: Outcome | undefined;
  let decision: Decision | undefined;
  let reserved: number | undefined;
  let trimmed: readonly Trim[] = [];
  let hold: Hold | undefined;
  let recorded = false;
  /** When the last attempt was over; of a stream, when it began to answer. */
  let answeredAtMs = startedAtMs;

  const sum = (of: (bill: Bill) => number | undefined): number =>
    stages.reduce((total, { bill }) => total + (of(bill) ?? 0), 0);
  const isPriced = () => stages.some(({ bill }) => bill.costNanoUsd() !== undefined);
  const costNanoUsd = () => (isPriced() ? sum((bill) => bill.costNanoUsd()) : undefined);
  const attempts = () => sum((bill) => bill.attempts.length);
  const served = () => final?.bill.served();
  /** Time in which no ask was under way. */
  function overheadMs(): number {
    const nowMs = platform.nowMs();
    let ownMs = 0;
    let busyUntilMs = startedAtMs;
    for (const { startedAtMs: from, endedAtMs } of stages) {
      ownMs += Math.max(0, from - busyUntilMs);
      busyUntilMs = Math.max(busyUntilMs, endedAtMs ?? nowMs);
    }
    return ownMs + Math.max(0, nowMs - busyUntilMs);
  }

  function reason(): string {
    const parts = [...(decision?.reasons ?? [`mode=${policy.mode}`])];
    if (policy.pipeline) parts.push(`orchestration=${policy.pipeline}`);
    if (trimmed.length > 0) parts.push(`trimmed=${[...new Set(trimmed)].join("+")}`);
    if (outcome?.stopped) parts.push(`stopped=${outcome.stopped}`);
    return parts.join(";");
  }

  function view(): Record<string, unknown> {
    const cost = costNanoUsd();
    return {
      mode: policy.mode,
      degraded: decision?.degraded ?? false,
      candidates: decision ? explain(decision) : [],
      policy: policyView(policy),
      orchestration: {
        mode: mode.name,
        prompts_version: mode.promptsVersion,
        trimmed: trimmed.length > 0 ? trimmed : undefined,
        stopped: outcome?.stopped,
        why: outcome?.why,
        reserved_usd: reserved === undefined ? undefined : usdFromNano(reserved),
        stages: stages.map((stage) => stageView(stage, outcome)),
      },
      usage: {
        prompt_tokens: sum((bill) => bill.usage()?.promptTokens),
        completion_tokens: sum((bill) => bill.usage()?.completionTokens),
      },
      cost_usd: cost === undefined ? undefined : usdFromNano(cost),
      cost_is_estimate: isEstimate(),
    };
  }

  function isEstimate(): boolean {
    return stages.some(({ bill }) => bill.answering() !== undefined && bill.isEstimate());
  }

  /** Once: what was spent here, without the stages of earlier attempts. */
  function settleHold(): void {
    if (!hold) return;
    const own = stages.filter(({ isRestored }) => !isRestored);
    let nanoUsd = 0;
    let tokens = 0;
    for (const { bill } of own) {
      nanoUsd += bill.costNanoUsd() ?? 0;
      tokens += (bill.usage()?.promptTokens ?? 0) + (bill.usage()?.completionTokens ?? 0);
    }
    gateway.purse.settle(hold, { nanoUsd, tokens });
    hold = undefined;
  }

  function record({ status, errorCode }: Closing): void {
    if (recorded) return;
    recorded = true;
    const ranked = served();
    const tokens = {
      promptTokens: sum((bill) => bill.usage()?.promptTokens),
      completionTokens: sum((bill) => bill.usage()?.completionTokens),
    };
    const cost = costNanoUsd();
    const row: RequestRow = {
      id: requestId,
      clientRequestId,
      atMs: startedAtMs,
      keyId: key.id,
      door: door.name,
      mode: policy.pipeline ?? policy.mode,
      modelId: ranked?.candidate.model.id,
      providerId: ranked?.candidate.provider.id,
      status,
      errorCode,
      stream,
      attempts: attempts(),
      ...tokens,
      costNanoUsd: cost,
      costIsEstimate: isEstimate(),
      latencyMs: platform.nowMs() - startedAtMs,
      ttftMs: final?.bill.ttftMs(),
      overheadMs: overheadMs(),
      reason: reason(),
      decision: JSON.stringify(view()),
      meta: meta && JSON.stringify(meta),
    };
    settleHold();
    gateway.outbox.record(row);
    tellRequest(gateway, row, promptTokens);
  }

  return {
    requestId,
    stages,
    attempts,
    pay(paid) {
      ({ hold, trimmed } = paid);
      reserved = paid.nanoUsd;
    },
    begin(question, bill, chosen) {
      decision ??= chosen;
      const { role, round, index } = question;
      const stage: Stage = {
        role,
        round,
        index,
        bill,
        startedAtMs: platform.nowMs(),
        status: "running",
      };
      stages.push(stage);
      return stage;
    },
    restore({ role, round, index }, kept) {
      decision ??= kept.decision;
      const { startedAtMs: fromMs } = kept;
      const stage: Stage = {
        ...{ role, round, index, bill: billOf(kept), startedAtMs: fromMs },
        ...{ isRestored: true, status: "running" },
      };
      stages.push(stage);
      return stage;
    },
    attempt(bill, made) {
      bill.attempt(made);
      answeredAtMs = platform.nowMs();
      tellAttempt(gateway, requestId, made);
    },
    endStream(bill, end) {
      bill.end(end, platform.nowMs() - answeredAtMs);
    },
    finish(stage, end, atMs = platform.nowMs()) {
      stage.endedAtMs = atMs;
      if ("text" in end) {
        stage.status = "ok";
        stage.text = end.text;
      } else {
        stage.status = end.failure === "dropped" ? "dropped" : "failed";
        stage.failure = end.failure;
      }
    },
    decide(came, stage) {
      outcome = came;
      final = stage;
    },
    settle(end) {
      record(end ? closingOf(end) : GOOD);
    },
    fail(error, headSent = false) {
      record(failureOf(error, headSent));
    },
    pause: settleHold,
    headers: (contentType) =>
      answerHeaders({
        requestId,
        contentType,
        stream,
        directives,
        served: served(),
        costNanoUsd: costNanoUsd(),
        overheadMs: overheadMs(),
        reason: reason(),
        attempts: attempts(),
        notes: notesOf(final),
      }),
    reason,
    modelId: () => served()?.candidate.model.id,
    costNanoUsd,
    decision: view,
    artifacts: () =>
      given.wantsArtifacts
        ? {
            stages: stages.flatMap((stage) => stageArtifact(stage, outcome) ?? []),
            critiques: outcome?.critiques ?? [],
            why: outcome?.why,
          }
        : undefined,
  };
}
