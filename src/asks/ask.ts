/** One question of a mode, asked: chosen, paid from the request's fund, tried, billed. */
import type { Answer } from "../attempt.ts";
import { createBill } from "../bill.ts";
import { dispatch } from "../dispatch.ts";
import { TokenhubError } from "../errors.ts";
import { ClientGone } from "../failover.ts";
import type { Gateway } from "../isolate.ts";
import { AskError, type AskFailure, type ModeAnswer, type Question } from "../modes/mode.ts";
import { worstNanoUsd } from "../money.ts";
import type { GatewayRequest } from "../request.ts";
import { createRouter, type Router } from "../router.ts";
import type { Decision, Ranked } from "../routing/decision.ts";
import type { ChatRequest } from "../wire/chat-request.ts";
import { answerText } from "../wire/words.ts";
import { AUTHORS, addressed, narrowing } from "./choose.ts";
import type { Ensemble } from "./ensemble.ts";
import type { Fund, Share } from "./fund.ts";
import { type Entry, entryOf, errorOf, isSealed, type Journal } from "./journal.ts";
import { ASKS_MAX, OUTPUT_TOKENS_LIMITED } from "./price.ts";
import { askedForm } from "./shape.ts";
import type { Slots } from "./slots.ts";
import type { Stage } from "./stage.ts";

/** What all questions of one run share. */
export interface Run {
  readonly ensemble: Ensemble;
  readonly fund: Fund;
  readonly slots: Slots;
  readonly deadlineMs: number;
  /** The client left, or the run was cancelled. */
  readonly signal: AbortSignal;
  /** May the final answer stream? */
  readonly streams: boolean;
  /** A question is answered, or will not be. */
  readonly onStage: (stage: Stage) => void;
  /** Of a background plan: no question that it has is put again; undefined: the client waits. */
  readonly journal?: Journal | undefined;
}

/** An answer as the provider gave it, in the client's dialect. */
export interface Given {
  readonly stage: Stage;
  readonly answer: Answer;
  readonly ranked: Ranked;
}

/** Puts questions, and remembers the answers by what it told the mode of them. */
export interface Asker {
  ask(question: Question, dropped?: AbortSignal): Promise<ModeAnswer>;
  /** undefined: no answer of this asker. */
  given(answer: ModeAnswer): Given | undefined;
}

/** The asker of one run. */
export function createAsker(gateway: Gateway, asked: GatewayRequest, run: Run): Asker {
  const answers = new WeakMap<ModeAnswer, Given>();
  const asksMax = Math.min(ASKS_MAX, asked.key.fanOut ?? ASKS_MAX);
  let asks = 0;

  async function ask(question: Question, dropped?: AbortSignal): Promise<ModeAnswer> {
    const leave = await run.slots.enter();
    try {
      const kept = run.journal?.find(question);
      if (!kept) refuseLate(gateway, run, dropped);
      asks += 1;
      if (asks > asksMax) throw new AskError("budget");
      const given = kept
        ? putBefore(asked, run, { question, kept })
        : await put(gateway, asked, { run, question, dropped });
      const told = toldOf(asked, question, given);
      answers.set(told, given);
      return told;
    } catch (error) {
      // A plan that can wait for the vault does; to a mode it would be a failure like others.
      throw run.journal && error instanceof AskError && isSealed(error) ? error.because : error;
    } finally {
      leave();
    }
  }
  return { ask, given: (answer) => answers.get(answer) };
}

/** What an earlier attempt was answered. @throws AskError as then. */
function putBefore(
  { wire }: GatewayRequest,
  { ensemble }: Run,
  { question, kept }: { readonly question: Question; readonly kept: Entry },
): Given {
  const { answer, failure } = kept;
  const stage = ensemble.restore(question, kept);
  const ranked = stage.bill.served();
  if (failure) {
    ensemble.finish(stage, { failure: failure.reason }, kept.endedAtMs);
    throw errorOf(failure);
  }
  if (!answer || !ranked) throw new TokenhubError("internal");
  ensemble.finish(stage, { text: answerText(answer.text, wire).text }, kept.endedAtMs);
  return { stage, answer, ranked };
}

function refuseLate({ platform }: Gateway, run: Run, dropped: AbortSignal | undefined): void {
  if (run.signal.aborted) throw new ClientGone();
  if (dropped?.aborted) throw new AskError("dropped");
  if (platform.nowMs() >= run.deadlineMs) {
    throw new AskError("deadline", new TokenhubError("deadline_exceeded"));
  }
}

interface Put {
  readonly run: Run;
  readonly question: Question;
  readonly dropped: AbortSignal | undefined;
}

async function put(gateway: Gateway, asked: GatewayRequest, { run, question, dropped }: Put) {
  const { ensemble, fund } = run;
  const chosen = await choose(gateway, asked, { run, question });
  const { request } = chosen.asked;
  const [first] = chosen.decision.ranked;
  const share = first && fund.open(worstNanoUsd(chosen.asked, first));
  if (!share) throw new AskError("budget");
  const bill = createBill(request.facts.promptTokens);
  const stage = ensemble.begin(question, bill, chosen.decision);
  const { outputTokensMax } = request.facts;
  if (asked.request.facts.outputTokensMax === undefined && outputTokensMax !== undefined) {
    stage.capped = outputTokensMax;
  }
  const close = () => share.close(bill.costNanoUsd() ?? 0);
  const finish = (end: { text: string } | { failure: AskFailure }) => {
    ensemble.finish(stage, end);
    run.onStage(stage);
  };
  const { promptTokens } = request.facts;
  const keep = async (came: Extract<Answer, { kind: "whole" }> | AskError) =>
    run.journal?.note(question, entryOf(stage, { promptTokens, decision: chosen.decision, came }));
  let given: Given;
  try {
    const { answer, ranked } = await dispatch(gateway, chosen.asked, {
      ranked: chosen.decision.ranked,
      keepOrder: chosen.router.keepOrder,
      deadlineMs: run.deadlineMs,
      endpoint: undefined,
      signal: dropped ? AbortSignal.any([run.signal, dropped]) : run.signal,
      afford: (one) => affords(share, worstNanoUsd(chosen.asked, one) + bill.inVainNanoUsd()),
      onAttempt: (made) => ensemble.attempt(bill, made),
      onStreamEnd: (end) => {
        ensemble.endStream(bill, end);
        close();
        ensemble.finish(stage, { text: "" });
        ensemble.settle(end);
      },
    });
    if (answer.kind === "whole") {
      bill.settle(answer.facts);
      close();
      finish({ text: answerText(answer.text, asked.wire).text });
    }
    given = { stage, answer, ranked };
  } catch (error) {
    bill.fail();
    close();
    const failure = asAskError(error, run, dropped);
    finish({ failure: failure instanceof AskError ? failure.reason : "dropped" });
    if (failure instanceof AskError && !isSealed(failure)) await keep(failure);
    throw failure;
  }
  if (given.answer.kind === "whole") await keep(given.answer);
  return given;
}

/** Sets aside what is missing. */
function affords(share: Share, nanoUsd: number): boolean {
  const missing = nanoUsd - share.nanoUsd();
  return missing <= 0 || share.more(missing);
}

/** The client's request as this question asks it; `isNative`: a schema is asked for as the provider's own. */
function amended(
  asked: GatewayRequest,
  { run, question }: Pick<Put, "run" | "question">,
  isNative: boolean,
): ChatRequest {
  const { request, wire } = asked;
  const { isFinal, prompt } = question;
  const isLimited = Number.isFinite(run.fund.free());
  const fallback = isLimited && request.facts.outputTokensMax === undefined;
  const amend = wire.amend;
  if (!amend) throw new TokenhubError("internal");
  const isAuthor = AUTHORS.has(question.role);
  const shape = isAuthor ? asked.shape : undefined;
  const form = shape && askedForm(shape, isNative);
  const instruction = [prompt.instruction, form?.instruction].filter((one) => one !== undefined);
  const changed = amend(request, {
    instruction: instruction.length > 0 ? instruction.join("\n\n") : undefined,
    task: prompt.task,
    tools: isFinal,
    stream: isFinal && run.streams,
    outputTokensMax:
      question.outputTokensMax ??
      shape?.outputTokensMax ??
      (fallback ? OUTPUT_TOKENS_LIMITED : undefined),
    format: form?.format ?? (isAuthor ? "own" : "none"),
  });
  return request.suspect ? { ...changed, suspect: true } : changed;
}

interface Choice {
  readonly asked: GatewayRequest;
  readonly router: Router;
  readonly decision: Decision;
}

/**
 * The first wish that leaves somebody, among those whose own form a schema can take before those who are told in
 * words; the last one waits for a short throttle. @throws AskError.
 */
async function choose(
  gateway: Gateway,
  asked: GatewayRequest,
  put: Pick<Put, "run" | "question">,
): Promise<Choice> {
  const { fund } = put.run;
  const isShaped = AUTHORS.has(put.question.role) && asked.shape?.schema !== undefined;
  let last: Choice | undefined;
  for (const isNative of isShaped ? [true, false] : [true]) {
    const request = amended(asked, put, isNative);
    for (const wish of put.question.wishes) {
      const narrowed = addressed({ ...asked, request }, put.question.role, wish);
      const router = createRouter(gateway, narrowed, narrowing(wish, fund.free()));
      last = { asked: narrowed, router, decision: router.decide() };
      if (last.decision.ranked.length > 0) return last;
    }
  }
  if (!last) throw new TokenhubError("internal");
  try {
    return { ...last, decision: await last.router.wait(last.decision) };
  } catch (error) {
    if (!(error instanceof TokenhubError)) throw error;
    throw new AskError(error.code === "budget_exceeded" ? "budget" : "failed", error);
  }
}

function asAskError(error: unknown, run: Run, dropped: AbortSignal | undefined): unknown {
  if (run.signal.aborted) return new ClientGone();
  if (dropped?.aborted) return new AskError("dropped");
  if (error instanceof AskError || !(error instanceof TokenhubError)) return error;
  if (error.code === "deadline_exceeded") return new AskError("deadline", error);
  return new AskError(error.code === "budget_exceeded" ? "budget" : "failed", error);
}

function toldOf(
  { wire }: GatewayRequest,
  question: Question,
  { answer, ranked }: Given,
): ModeAnswer {
  const { role, round, index } = question;
  const { model, provider } = ranked.candidate;
  const words =
    answer.kind === "whole" ? answerText(answer.text, wire) : { text: "", isOpaque: true };
  const { id: modelId, family, weight } = model;
  return { role, round, index, ...words, modelId, family, weight, providerId: provider.id };
}
