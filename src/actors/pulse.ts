/** Health and speed of every model at one provider, from the outcomes that isolates report. */
import { FAULTS } from "../errors.ts";
import type { Outcome, PulseView } from "../platform.ts";
import type { Actor } from "./actor.ts";
import { type Breaker, breakerState, newBreaker, rampOf, record } from "./breaker.ts";
import { type Clock, newClock, tick } from "./clock.ts";
import { type Correction, correctionView, learn, newCorrection } from "./correction.ts";
import { recent } from "./recent.ts";
import {
  add,
  binOf,
  newTally,
  type PackedTally,
  pack,
  quantile,
  SKETCH_BINS,
  type Tally,
  unpack,
  weight,
} from "./sketch.ts";

interface ModelState {
  readonly breaker: Breaker;
  readonly correction: Correction;
  /** Bin 0: answered; bin 1: failed by the provider's fault. */
  readonly health: Tally;
  readonly ttft: Tally;
  readonly token: Tally;
  readonly output: Tally;
}

type PackedModel = Pick<ModelState, "breaker" | "correction"> & Record<Tallied, PackedTally>;
type Tallied = keyof typeof TALLIES;

const TALLIES = { health: 2, ttft: SKETCH_BINS, token: SKETCH_BINS, output: SKETCH_BINS } as const;

/** Models kept per provider: the largest aggregators list some 400, few of them in use at once. */
const MODELS_MAX = 256;
/** A new model is taken for one that fails 2 in 100, as sure as after 10 attempts. */
const PRIOR_FAILURE = 0.02;
const PRIOR_WEIGHT = 10;
/** In shorter answers that were not streamed the wait for the first token hides the others. */
const WHOLE_TOKENS_MIN = 8;

/** One per provider. */
export class Pulse implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["view"] as const;
  readonly version = 1;
  #clock: Clock = newClock();
  #models = new Map<string, ModelState>();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const { clock, models } = structuredClone(snapshot) as {
      clock: Clock;
      models: [string, PackedModel][];
    };
    this.#clock = clock;
    this.#models = new Map(models.map(([id, packed]) => [id, unpackModel(packed)]));
  }

  snapshot(): unknown {
    const models = [...this.#models].map(([id, state]) => [id, packModel(state)]);
    return structuredClone({ clock: this.#clock, models });
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Takes in what attempts told; answers the view that follows from it. */
  observe(outcomes: readonly Outcome[], nowMs: number): Record<string, PulseView> {
    this.note(outcomes, nowMs);
    return this.view(nowMs);
  }

  /** The same without an answer: what an isolate does with each outcome of its own. */
  note(outcomes: readonly Outcome[], nowMs: number): void {
    const innerMs = tick(this.#clock, nowMs);
    for (const outcome of outcomes) this.#take(outcome, innerMs);
  }

  /** By model id; times are the caller's. */
  view(nowMs: number): Record<string, PulseView> {
    const innerMs = tick(this.#clock, nowMs);
    const views = [...this.#models].map(
      ([id, state]) => [id, modelView(state, innerMs, this.#clock.offsetMs)] as const,
    );
    return Object.fromEntries(views);
  }

  #take(outcome: Outcome, innerMs: number): void {
    const { result } = outcome;
    const failed = result !== "ok" && result !== "aborted" && FAULTS[result].breaker;
    if (result !== "ok" && !failed) return;
    const state = recent(this.#models, outcome.modelId, { max: MODELS_MAX, make: newModel });
    const atMs = Math.min(outcome.atMs + this.#clock.offsetMs, innerMs);
    record(state.breaker, { failed, atMs });
    add(state.health, failed ? 1 : 0, innerMs);
    if (!failed) learnSpeed(state, outcome, innerMs);
  }
}

function newModel(): ModelState {
  return {
    breaker: newBreaker(),
    correction: newCorrection(),
    health: newTally(TALLIES.health),
    ttft: newTally(TALLIES.ttft),
    token: newTally(TALLIES.token),
    output: newTally(TALLIES.output),
  };
}

function learnSpeed(state: ModelState, outcome: Outcome, nowMs: number): void {
  const { ttftMs, latencyMs, usage } = outcome;
  if (ttftMs !== undefined) add(state.ttft, binOf(ttftMs), nowMs);
  if (!usage) return;
  learn(state.correction, {
    estimated: outcome.promptTokensEstimated,
    counted: usage.promptTokens,
  });
  const tokens = usage.completionTokens;
  if (tokens < 1) return;
  add(state.output, binOf(tokens), nowMs);
  // Without a first-token time of its own, an answer is taken to have begun like the streamed ones.
  const streamed = ttftMs !== undefined;
  const startMs = ttftMs ?? quantile(state.ttft, 0.5) ?? 0;
  if (tokens < (streamed ? 2 : WHOLE_TOKENS_MIN) || latencyMs < startMs) return;
  add(state.token, binOf((latencyMs - startMs) / (tokens - 1)), nowMs);
}

function modelView(state: ModelState, innerMs: number, offsetMs: number): PulseView {
  const { breaker, health } = state;
  const failures = PRIOR_FAILURE * PRIOR_WEIGHT + weight(health, innerMs, 1);
  return {
    breaker: breakerState(breaker, innerMs),
    openUntilMs: breaker.openings === 0 ? 0 : breaker.openUntilMs - offsetMs,
    ramp: rampOf(breaker),
    failure: failures / (PRIOR_WEIGHT + weight(health, innerMs)),
    samples: weight(health, innerMs, 0),
    ttftP50Ms: quantile(state.ttft, 0.5),
    ttftP95Ms: quantile(state.ttft, 0.95),
    tokenP50Ms: quantile(state.token, 0.5),
    outputTokensP50: quantile(state.output, 0.5),
    promptCorrection: correctionView(state.correction),
  };
}

function packModel(state: ModelState): PackedModel {
  return {
    ...state,
    health: pack(state.health),
    ttft: pack(state.ttft),
    token: pack(state.token),
    output: pack(state.output),
  };
}

function unpackModel(packed: PackedModel): ModelState {
  return {
    ...packed,
    health: unpack(packed.health, TALLIES.health),
    ttft: unpack(packed.ttft, TALLIES.ttft),
    token: unpack(packed.token, TALLIES.token),
    output: unpack(packed.output, TALLIES.output),
  };
}
