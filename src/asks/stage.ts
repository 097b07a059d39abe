/** One ask of an orchestration, as decision, artifacts and stage events show it. */
import type { Bill } from "../bill.ts";
import { usdFromNano } from "../cost.ts";
import type { AskFailure, Outcome, Role } from "../modes/mode.ts";

/** One ask, from its start on. */
export interface Stage {
  readonly role: Role;
  readonly round: number;
  readonly index: number;
  readonly bill: Bill;
  readonly startedAtMs: number;
  /** An earlier attempt at a background plan put it. */
  readonly isRestored?: boolean;
  /** Output cap of ours, where the client gave none. */
  capped?: number;
  endedAtMs?: number;
  status: "running" | "ok" | "failed" | "dropped";
  failure?: AskFailure;
  /** Its words, once they are whole. */
  text?: string;
}

/** What the decision tells of it. */
export function stageView(stage: Stage, outcome: Outcome | undefined): Record<string, unknown> {
  const { bill, role, round, index, status } = stage;
  const ranked = bill.served() ?? bill.attempts.at(-1)?.ranked;
  const cost = bill.costNanoUsd();
  return {
    role,
    round,
    index,
    model: ranked?.candidate.model.id,
    provider: ranked?.candidate.provider.id,
    status,
    failure: stage.failure,
    prompt_tokens: bill.usage()?.promptTokens,
    completion_tokens: bill.usage()?.completionTokens,
    cost_usd: cost === undefined ? undefined : usdFromNano(cost),
    latency_ms: latencyMs(stage),
    score: scoreOf(stage, outcome),
    attempts: bill.view(),
  };
}

/** What `artifacts` tell of it; undefined: it has no words. */
export function stageArtifact(
  stage: Stage,
  outcome: Outcome | undefined,
): Record<string, unknown> | undefined {
  if (stage.text === undefined) return undefined;
  const { bill, role, round, text } = stage;
  const ranked = bill.served();
  const cost = bill.costNanoUsd();
  const usage = bill.usage();
  return {
    role,
    round,
    model: ranked?.candidate.model.id,
    provider: ranked?.candidate.provider.id,
    text,
    score: scoreOf(stage, outcome),
    tokens: usage && {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
    },
    cost_usd: cost === undefined ? undefined : usdFromNano(cost),
    latency_ms: latencyMs(stage),
  };
}

/** What a client that streams is told when it is over. */
export function stageEvent(stage: Stage): Record<string, unknown> {
  const { attempts: _, ...told } = stageView(stage, undefined);
  return told;
}

function latencyMs({ startedAtMs, endedAtMs }: Stage): number | undefined {
  return endedAtMs === undefined ? undefined : Math.round(endedAtMs - startedAtMs);
}

function scoreOf({ role, round, index }: Stage, outcome: Outcome | undefined): number | undefined {
  return outcome?.scores.find(
    (score) => score.role === role && score.round === round && score.index === index,
  )?.score;
}
