/** Several answers asked for beside each other: what `vote`, `mixture` and `cascade` share. */
import type { Orchestration } from "../orchestration.ts";
import { agreementKey, groupsOf } from "./agreement.ts";
import { stoppedBy } from "./failure.ts";
import { gather, quorumOf } from "./gather.ts";
import type { AskError, Bound, ModeAnswer, ModeWorld, Outcome, Question, Wish } from "./mode.ts";
import { outcomeOf, type Single } from "./single.ts";
import { authorWishes, candidateWishes } from "./wishes.ts";

/** Who is asked. */
export interface Panel {
  readonly count: number;
  /** How many answers are enough to wait no longer than the grace. */
  readonly quorum: number;
  wishes(index: number): readonly Wish[];
}

/** What they said. `answers` can be compared and judged, at least one; in the order of asking. */
export interface Said {
  readonly answers: readonly ModeAnswer[];
  readonly stopped: Outcome["stopped"];
}

/** One row for each member, because each has its own wishes. */
export function panelBound({ count, wishes }: Panel): readonly Bound[] {
  return Array.from({ length: count }, (_, index) => ({
    role: "candidate",
    count: 1,
    wishes: wishes(index),
    promptChars: 0,
    answersHeld: 0,
    outputTokensMax: undefined,
    isFinal: false,
  }));
}

/** The failure that is told when nobody answered: the first that says anything. */
function worst(failures: readonly AskError[]): AskError | undefined {
  return failures.find(({ reason }) => reason !== "dropped") ?? failures[0];
}

/**
 * Asks all. Answers without text are left out as long as there is one with text.
 * @throws AskError when nobody answered.
 */
export async function askPanel(world: ModeWorld, panel: Panel): Promise<Said> {
  const questions = Array.from(
    { length: panel.count },
    (_, index): Question => ({
      role: "candidate",
      round: 0,
      index,
      prompt: {},
      wishes: panel.wishes(index),
      isFinal: false,
      outputTokensMax: undefined,
    }),
  );
  const { answers, failures } = await gather(world, questions, panel.quorum);
  const failure = worst(failures);
  if (answers.length === 0 && failure) throw failure;
  const worded = answers.filter(({ isOpaque, text }) => !isOpaque && text.trim() !== "");
  return {
    answers: worded.length > 0 ? worded : answers.slice(0, 1),
    stopped: stoppedBy(failures),
  };
}

/** The answer of the strongest model; among equals the first. @throws TypeError when there is none. */
export function strongest(answers: readonly ModeAnswer[]): ModeAnswer {
  return answers.reduce((best, one) => (one.weight > best.weight ? one : best));
}

function groups(answers: readonly ModeAnswer[]): readonly ModeAnswer[][] {
  return groupsOf(answers, ({ text }) => agreementKey(text));
}

/** Those who agree, when they are more than half of all; undefined: there are none. */
export function majorityOf(answers: readonly ModeAnswer[]): readonly ModeAnswer[] | undefined {
  const [largest = []] = groups(answers);
  return largest.length > 1 && largest.length > answers.length / 2 ? largest : undefined;
}

/** An answer and half a sentence on how it was chosen. */
interface Chosen {
  readonly answer: ModeAnswer;
  readonly how: string;
}

/** Without a judge: the strongest of the one largest group that agrees, else the strongest of all. */
export function withoutJudge(answers: readonly ModeAnswer[]): Chosen {
  const [first = [], second = []] = groups(answers);
  return first.length > 1 && first.length > second.length
    ? {
        answer: strongest(first),
        how: `${first.length} of ${answers.length} candidates agree on it`,
      }
    : { answer: strongest(answers), how: "it is the strongest candidate's" };
}

/** The panel of `vote` and `mixture`: as many as the request says, a quorum of them. */
export function panelOf(options: Orchestration): Panel {
  const { candidates, primaryMinWeight } = options;
  return {
    count: candidates,
    quorum: quorumOf(candidates),
    wishes: (index) => candidateWishes(options, index, undefined, primaryMinWeight),
  };
}

/** The one ask that a vote or a mixture is trimmed to. */
export function panelistAlone(options: Orchestration): Single {
  return candidateAlone(options, authorWishes(options, undefined));
}

/** Where one candidate answered there is nothing to choose or to mix; undefined: there were more. */
export function onlyCandidate({ answers, stopped }: Said): Outcome | undefined {
  if (answers.length !== 1) return undefined;
  return outcomeOf({ answer: strongest(answers), why: "Only one candidate answered.", stopped });
}

/** One answer of these in place of a plan. */
export function candidateAlone(options: Orchestration, wishes: readonly Wish[]): Single {
  return {
    role: "answerer",
    prompt: {},
    wishes,
    why: `One answer; ${options.mode} was trimmed to it.`,
  };
}
