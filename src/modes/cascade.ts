/** Two cheap models; where they agree nobody else is asked, else a strong one that does not see their answers. */
import type { Orchestration } from "../orchestration.ts";
import {
  askPanel,
  candidateAlone,
  majorityOf,
  type Panel,
  panelBound,
  strongest,
} from "./candidates.ts";
import { spoken, stoppedBy, tried } from "./failure.ts";
import { AskError, type Mode, type ModeAnswer, type ModeWorld, type Outcome } from "./mode.ts";
import { askOnce, outcomeOf, type Single, singleBound } from "./single.ts";
import { trimmed } from "./trim.ts";
import { candidateWishes, strongWishes } from "./wishes.ts";

const PAIR = 2;

/** Both are waited for: one alone agrees with nobody. */
function pairOf(options: Orchestration): Panel {
  return {
    count: PAIR,
    quorum: PAIR,
    wishes: (index) => candidateWishes(options, index, "cheap", undefined),
  };
}

const alone = (options: Orchestration) =>
  candidateAlone(options, candidateWishes(options, 0, "cheap", undefined));

function strong(options: Orchestration, pair: readonly ModeAnswer[]): Single {
  return {
    role: "strong",
    prompt: {},
    wishes: strongWishes(options, pair),
    why:
      pair.length < PAIR ? "One cheap model alone agrees with nobody." : "The cheap models differ.",
  };
}

async function climb(options: Orchestration, world: ModeWorld): Promise<Outcome> {
  const pair = await tried(askPanel(world, pairOf(options)));
  const answers = pair instanceof AskError ? [] : pair.answers;
  const agreed = majorityOf(answers);
  const stopped = pair instanceof AskError ? stoppedBy([pair]) : pair.stopped;
  if (agreed)
    return outcomeOf({ answer: strongest(agreed), why: "Both cheap models agree.", stopped });
  const outcome = await tried(askOnce(world, strong(options, answers)));
  if (!(outcome instanceof AskError)) return { ...outcome, stopped };
  if (answers.length === 0) throw outcome;
  return outcomeOf({
    answer: strongest(answers),
    why: `No strong answer: ${spoken(outcome)}; this is the stronger of the cheap ones.`,
    stopped: stopped ?? stoppedBy([outcome]),
  });
}

/** `cascade`: the answer both agree on, or the strong model's. */
export const cascade: Mode = {
  name: "cascade",
  description: "Two cheap models answer; where they differ, a strong one does.",
  promptsVersion: 0,
  bound: (options) =>
    options.isSingle
      ? singleBound(alone(options))
      : [...panelBound(pairOf(options)), ...singleBound(strong(options, []))],
  trim: (options) => trimmed(options, ["single"]),
  run: (options, world) =>
    options.isSingle ? askOnce(world, alone(options)) : climb(options, world),
};
