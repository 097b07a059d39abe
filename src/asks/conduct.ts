/**
 * The life of an orchestrated request: plan, price, one hold, the mode with its asks, the answer as its provider
 * gave it, record.
 */
import { withAttempts } from "../closing.ts";
import { TokenhubError } from "../errors.ts";
import { ClientGone } from "../failover.ts";
import type { Gateway } from "../isolate.ts";
import { modeOf } from "../modes/index.ts";
import { AskError, type Mode, type ModeAnswer } from "../modes/mode.ts";
import { holdPlan } from "../money.ts";
import { type Orchestration, resolveOrchestration } from "../orchestration.ts";
import type { Policy } from "../policy.ts";
import type { GatewayReply, GatewayRequest } from "../request.ts";
import { createRouter, deadlineOf } from "../router.ts";
import { seeded } from "../seeded.ts";
import { lastUserText } from "../wire/words.ts";
import { type Asker, createAsker, type Given, type Run } from "./ask.ts";
import { createEnsemble, type Ensemble } from "./ensemble.ts";
import { createFund } from "./fund.ts";
import type { Journal } from "./journal.ts";
import { PLAIN } from "./plain.ts";
import { checkNames, type Priced, pricePlan } from "./price.ts";
import { type OutputShape, problemsOf, refuseShape, repairQuestion, shaped } from "./shape.ts";
import { createSlots } from "./slots.ts";
import type { Stage } from "./stage.ts";
import { stagedStream } from "./staged-stream.ts";

/** Does this request need several asks, or may need a second one? */
export function isConducted(asked: GatewayRequest, policy: Policy): boolean {
  const { door, shape, wire } = asked;
  if (shape) return true;
  if (policy.pipeline === undefined) return false;
  if (wire.amend) return true;
  // What cannot be asked in stages: counting is done all the same, and a key's default is for chats.
  return !door.isFree && policy.from.orchestration !== "key";
}

/** A plan that nobody waits for, and that more than one attempt may work at. */
export interface Conduct {
  /** What the policy named when it was made. */
  readonly pipeline: string;
  readonly journal: Journal;
  /** Unsigned 32 bit; every attempt has the same. */
  readonly seed: number;
  /** Is this how an attempt ends after which another goes on? */
  goesOn(error: unknown): Promise<boolean>;
}

/**
 * @throws TokenhubError; ClientGone. Every path records exactly one row, but for an attempt in the background after
 * which another goes on.
 */
export async function conduct(
  gateway: Gateway,
  asked: GatewayRequest,
  policy: Policy,
  background?: Conduct,
): Promise<GatewayReply> {
  const pipeline = background?.pipeline ?? policy.pipeline;
  const mode = pipeline === undefined ? PLAIN : modeOf(pipeline);
  if (!mode) throw new TokenhubError("internal");
  const options = resolveOrchestration(mode.name, asked.orchestration ?? []);
  const wantsArtifacts = options.includeArtifacts;
  const ensemble = createEnsemble(gateway, asked, { mode, policy, wantsArtifacts });
  try {
    refuseUnfit(asked);
    checkNames(gateway, asked, options);
    const paying = { mode, options, policy, ensemble };
    const begun = background?.journal.plan;
    const plan = begun
      ? await resumePlan(gateway, asked, {
          ...paying,
          begun,
          spent: background.journal.spentNanoUsd,
        })
      : await payPlan(gateway, asked, paying);
    if (!begun) await background?.journal.notePlan(plan);
    return await answer(gateway, asked, { ...plan, mode, ensemble, background });
  } catch (error) {
    if (background && (await background.goesOn(error))) ensemble.pause();
    else ensemble.fail(error);
    throw withAttempts(error, ensemble);
  }
}

/** @throws TokenhubError: what several models cannot answer together. */
function refuseUnfit({ request, wire }: GatewayRequest): void {
  if (!wire.amend) throw new TokenhubError("unsupported_parameter", { param: "orchestration" });
  if (request.thread) throw new TokenhubError("unsupported_parameter", { param: "thread" });
  if (request.facts.choices > 1) throw new TokenhubError("unsupported_parameter", { param: "n" });
}

interface Paid extends Priced {
  /** What all asks together may spend; Infinity: no limit. */
  readonly limitNanoUsd: number;
  readonly deadlineMs: number;
}

interface Paying {
  readonly mode: Mode;
  readonly options: Orchestration;
  readonly policy: Policy;
  readonly ensemble: Ensemble;
}

/** Prices the plan and holds it as one sum; when the ledger has less than was known, once more within that. */
async function payPlan(gateway: Gateway, asked: GatewayRequest, plan: Paying): Promise<Paid> {
  const { mode, options, ensemble } = plan;
  const deadlineMs = deadlineOf(asked, plan.policy);
  const once = async (policy: Policy): Promise<Paid> => {
    const ceilingNanoUsd = policy.budgetNanoUsd ?? Number.POSITIVE_INFINITY;
    const priced = pricePlan(gateway, asked, {
      mode,
      options,
      ceilingNanoUsd,
      extraAsks: asked.shape ? 1 : 0,
    });
    const { nanoUsd, trimmed } = priced;
    const hold = await holdPlan(gateway, asked, { nanoUsd, deadlineMs });
    ensemble.pay({ hold, nanoUsd, trimmed });
    const isHeld = hold !== undefined && policy.isMetered;
    return { ...priced, limitNanoUsd: isHeld ? nanoUsd : ceilingNanoUsd, deadlineMs };
  };
  try {
    return await once(plan.policy);
  } catch (error) {
    const isShort = error instanceof TokenhubError && error.code === "budget_exceeded";
    if (!isShort || !plan.policy.isMetered) throw error;
    return once(createRouter(gateway, asked).policy());
  }
}

/** Holds what may still be spent of a plan that an earlier attempt began; nothing, where that is not there any more. */
async function resumePlan(
  gateway: Gateway,
  asked: GatewayRequest,
  plan: Paying & { readonly begun: Priced; readonly spent: number },
): Promise<Paid> {
  const { begun, policy, ensemble } = plan;
  const deadlineMs = deadlineOf(asked, policy);
  const ceilingNanoUsd = Math.max(
    0,
    (policy.budgetNanoUsd ?? Number.POSITIVE_INFINITY) - plan.spent,
  );
  const nanoUsd = Math.min(ceilingNanoUsd, Math.max(0, begun.nanoUsd - plan.spent));
  const paid = { ...begun, deadlineMs };
  try {
    const hold = await holdPlan(gateway, asked, { nanoUsd, deadlineMs });
    ensemble.pay({ hold, nanoUsd: begun.nanoUsd, trimmed: begun.trimmed });
    const isHeld = hold !== undefined && policy.isMetered;
    return { ...paid, limitNanoUsd: isHeld ? nanoUsd : ceilingNanoUsd };
  } catch (error) {
    if (!(error instanceof TokenhubError) || error.code !== "budget_exceeded") throw error;
    ensemble.pay({ hold: undefined, nanoUsd: begun.nanoUsd, trimmed: begun.trimmed });
    return { ...paid, limitNanoUsd: 0 };
  }
}

interface Conducted extends Paid {
  readonly mode: Mode;
  readonly ensemble: Ensemble;
  readonly background: Conduct | undefined;
}

async function answer(
  gateway: Gateway,
  asked: GatewayRequest,
  plan: Conducted,
): Promise<GatewayReply> {
  const { ensemble } = plan;
  const stopping = new AbortController();
  const { signal } = asked.exchange;
  const stop = () => stopping.abort();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  let onStage = (_: Stage) => {};
  const working = runMode(gateway, asked, {
    ...plan,
    signal: stopping.signal,
    onStage: (stage) => onStage(stage),
  });
  if (asked.request.facts.stream) {
    return stagedStream(gateway, asked, {
      ensemble,
      working,
      stop,
      listen: (listener) => {
        onStage = listener;
      },
    });
  }
  try {
    const { answer: given, ranked } = await working;
    if (given.kind !== "whole") throw new TokenhubError("internal");
    ensemble.settle();
    const body = asked.door.whole(
      { text: given.text, modelId: ranked.candidate.model.id },
      ensemble,
    );
    return { head: { status: 200, headers: ensemble.headers("application/json") }, body };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** @throws TokenhubError; ClientGone. */
async function runMode(
  gateway: Gateway,
  asked: GatewayRequest,
  plan: Conducted & Pick<Run, "signal" | "onStage">,
): Promise<Given> {
  const { platform, limits } = gateway;
  const { ensemble, mode, options } = plan;
  const asker = createAsker(gateway, asked, {
    ensemble,
    fund: createFund(plan.limitNanoUsd),
    slots: createSlots(limits.asksAtOnceMax),
    deadlineMs: plan.deadlineMs,
    signal: plan.signal,
    streams: asked.request.facts.stream && !asked.shape,
    onStage: plan.onStage,
    journal: plan.background?.journal,
  });
  try {
    const outcome = await mode.run(options, {
      ask: asker.ask,
      random: seeded(plan.background?.seed ?? Math.floor(platform.random() * 2 ** 32)),
      after: platform.after,
      question: lastUserText(asked.request),
    });
    const answer = await inShape(asker, asked.shape, outcome.answer);
    const given = asker.given(answer);
    if (!given) throw new TokenhubError("internal");
    ensemble.decide(outcome, given.stage);
    return asked.shape ? shapedGiven(given, asked.shape) : given;
  } catch (error) {
    throw plan.signal.aborted ? new ClientGone() : asTold(error);
  }
}

/** The answer, or the one that mends it. @throws TokenhubError schema_mismatch; AskError. */
async function inShape(
  asker: Asker,
  shape: OutputShape | undefined,
  answer: ModeAnswer,
): Promise<ModeAnswer> {
  const problems = shape ? problemsOf(shape, answer) : [];
  if (!shape || problems.length === 0) return answer;
  const mended = await asker.ask(repairQuestion(answer, problems));
  const left = problemsOf(shape, mended);
  return left.length === 0 ? mended : refuseShape(left);
}

function shapedGiven(given: Given, shape: OutputShape): Given {
  if (given.answer.kind !== "whole") return given;
  return { ...given, answer: { ...given.answer, text: shaped(given.answer.text, shape) } };
}

/** What the client is told when not one usable answer was given. */
function asTold(error: unknown): unknown {
  if (!(error instanceof AskError)) return error;
  if (error.because) return error.because;
  const code = error.reason === "deadline" ? "deadline_exceeded" : "budget_exceeded";
  return new TokenhubError(
    error.reason === "dropped" || error.reason === "failed" ? "upstream_error" : code,
  );
}
