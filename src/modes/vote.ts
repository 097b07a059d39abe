/** Several answers beside each other; the majority of exact ones wins, else a judge's choice. */
import type { Orchestration } from "../orchestration.ts";
import {
  askPanel,
  majorityOf,
  onlyCandidate,
  panelBound,
  panelistAlone,
  panelOf,
  strongest,
  withoutJudge,
} from "./candidates.ts";
import { judge, judgeBound } from "./judge.ts";
import type { Mode, ModeWorld, Outcome } from "./mode.ts";
import { PROMPTS_VERSION } from "./prompts.ts";
import { askOnce, outcomeOf, singleBound } from "./single.ts";
import { trimmed } from "./trim.ts";

/** The answer that most agree on, or that the judge ranks first, as it was given. */
async function choose(options: Orchestration, world: ModeWorld): Promise<Outcome> {
  const said = await askPanel(world, panelOf(options));
  const only = onlyCandidate(said);
  if (only) return only;
  const { answers, stopped } = said;
  const count = answers.length;
  const majority = majorityOf(answers);
  if (majority) {
    const why = `${majority.length} of ${count} candidates agree; this is the strongest of them.`;
    return outcomeOf({ answer: strongest(majority), why, stopped });
  }
  const judged = await judge(options, world, answers);
  const ended = { scores: judged.scores, stopped: stopped ?? judged.stopped };
  if (judged.winner) {
    const why = `The best of ${count} candidates, ${judged.how}`;
    return outcomeOf({ answer: judged.winner, why, ...ended });
  }
  const { answer, how } = withoutJudge(answers);
  return outcomeOf({ answer, why: `No judgement (${judged.how}); ${how}.`, ...ended });
}

/** `vote`: the winner's answer, unchanged. */
export const vote: Mode = {
  name: "vote",
  description:
    "Several models answer beside each other; the majority or a blind judge chooses one.",
  promptsVersion: PROMPTS_VERSION,
  bound: (options) =>
    options.isSingle
      ? singleBound(panelistAlone(options))
      : [...panelBound(panelOf(options)), judgeBound(options, options.candidates)],
  trim: (options) => trimmed(options, ["candidates", "critic", "single"]),
  run: (options, world) =>
    options.isSingle ? askOnce(world, panelistAlone(options)) : choose(options, world),
};
