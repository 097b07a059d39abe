/** A judge who ranks several answers without knowing whose they are, in one order and in the reverse of it. */
import { z } from "zod";
import type { Orchestration } from "../orchestration.ts";
import { strongest } from "./candidates.ts";
import { stoppedBy } from "./failure.ts";
import { cut, fence } from "./fence.ts";
import { gather } from "./gather.ts";
import type { AskError, Bound, ModeAnswer, ModeWorld, Outcome, Question, Score } from "./mode.ts";
import { fill, JUDGE_INSTRUCTION, JUDGE_TASK, REPAIR } from "./prompts.ts";
import { readVerdict, repairOf, VERDICT_TOKENS_MAX } from "./verdict.ts";
import { reviewWishes } from "./wishes.ts";

/** The order drawn and its reverse: what a judge gives to the first place is taken by the other order. */
const ORDERS = 2;
/** As much of a judge's reason as the decision tells. */
const REASON_CHARS_MAX = 300;

/** What the judge came to. */
export interface Judgement {
  /** undefined: it gave no verdict that could be read. */
  readonly winner: ModeAnswer | undefined;
  /** Half a sentence: the judge's reason, or why there is none. */
  readonly how: string;
  readonly scores: readonly Score[];
  readonly stopped: Outcome["stopped"];
}

/** Both orders with a repair each. `count` answers are judged. */
export function judgeBound(options: Orchestration, count: number): Bound {
  return {
    role: "judge",
    count: 2 * ORDERS,
    wishes: reviewWishes(options, []),
    promptChars: JUDGE_INSTRUCTION.length + JUDGE_TASK.length + REPAIR.length,
    answersHeld: count,
    outputTokensMax: VERDICT_TOKENS_MAX,
    isFinal: false,
  };
}

/** The members in an order that `random` draws. */
export function shuffled<T>(members: readonly T[], random: () => number): readonly T[] {
  return members
    .map((member) => ({ member, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ member }) => member);
}

/** The answers by number, without a word on whose they are. */
export function anonymous(answers: readonly ModeAnswer[], world: ModeWorld): string {
  const held = answers.map(({ text }, index) => ({ label: `answer ${index}`, text }));
  return fence(held, () => world.random());
}

const RANKING = z.object({ ranking: z.array(z.int()), reason: z.string().default("") });

/** One number for every answer, each once, none that does not exist. */
function isOrder(ranking: readonly number[], count: number): boolean {
  const isKnown = (number: number) => number >= 0 && number < count;
  return ranking.length === count && new Set(ranking).size === count && ranking.every(isKnown);
}

interface Ranked {
  /** Best first. */
  readonly answers: readonly ModeAnswer[];
  readonly reason: string;
}

/** Asks about every order, and once more about those whose verdict cannot be read. */
async function verdicts(
  world: ModeWorld,
  orders: readonly (readonly ModeAnswer[])[],
  ask: (order: readonly ModeAnswer[], index: number) => Question,
): Promise<{ ranked: readonly Ranked[]; failures: readonly AskError[] }> {
  const questions = orders.map(ask);
  const read = (answer: ModeAnswer): Ranked | undefined => {
    const order = orders[answer.index % ORDERS] ?? [];
    const verdict = readVerdict(RANKING, answer);
    if (!verdict || !isOrder(verdict.ranking, order.length)) return undefined;
    const answers = verdict.ranking.flatMap((number) => order[number] ?? []);
    return { answers, reason: verdict.reason };
  };
  const first = await gather(world, questions, questions.length);
  const unread = first.answers.filter((answer) => !read(answer)).map(({ index }) => index);
  const repairs = questions
    .filter(({ index }) => unread.includes(index))
    .map((question) => repairOf(question, ORDERS));
  const second = await gather(world, repairs, repairs.length);
  return {
    ranked: [...first.answers, ...second.answers].flatMap((answer) => read(answer) ?? []),
    failures: [...first.failures, ...second.failures],
  };
}

/** 1 for an answer that every verdict has first, 0 for one that every verdict has last. */
function scoreOf(answer: ModeAnswer, ranked: readonly Ranked[]): number {
  const lost = ranked.reduce((sum, { answers }) => sum + answers.indexOf(answer), 0);
  const most = ranked.reduce((sum, { answers }) => sum + answers.length - 1, 0);
  return 1 - lost / most;
}

/**
 * The answer with the best sum of ranks; among equals the strongest. At least two answers.
 * A failed judge is no error: there is no winner then.
 */
export async function judge(
  options: Orchestration,
  world: ModeWorld,
  answers: readonly ModeAnswer[],
): Promise<Judgement> {
  const order = shuffled(answers, () => world.random());
  const { ranked, failures } = await verdicts(world, [order, order.toReversed()], (one, index) => ({
    role: "judge",
    round: 0,
    index,
    prompt: {
      instruction: JUDGE_INSTRUCTION,
      task: fill(JUDGE_TASK, { answers: anonymous(one, world) }),
    },
    wishes: reviewWishes(options, answers),
    isFinal: false,
    outputTokensMax: VERDICT_TOKENS_MAX,
  }));
  const stopped = stoppedBy(failures);
  if (ranked.length === 0) {
    const how = failures.length > 0 ? "the judge failed" : "the judge's verdict could not be read";
    return { winner: undefined, how, scores: [], stopped };
  }
  const scores = answers.map((answer) => {
    const { role, round, index } = answer;
    return { answer, role, round, index, score: scoreOf(answer, ranked) };
  });
  const best = Math.max(...scores.map(({ score }) => score));
  const winner = strongest(
    scores.filter(({ score }) => score === best).map(({ answer }) => answer),
  );
  const reason = ranked.find((one) => one.answers[0] === winner)?.reason ?? "";
  const asked = ranked.length === ORDERS ? "in both orders" : "in one order only";
  return {
    winner,
    how: `judged ${asked}: ${cut(reason.replace(/\s+/g, " "), REASON_CHARS_MAX) || "no reason given"}`,
    scores: scores.map(({ answer, ...score }) => score),
    stopped,
  };
}
