/** Several answers beside each other, and one more that is made of them. */
import type { Orchestration } from "../orchestration.ts";
import {
  askPanel,
  onlyCandidate,
  panelBound,
  panelistAlone,
  panelOf,
  withoutJudge,
} from "./candidates.ts";
import { spoken, stoppedBy, tried } from "./failure.ts";
import { anonymous, shuffled } from "./judge.ts";
import { AskError, type Bound, type Mode, type ModeWorld, type Outcome } from "./mode.ts";
import { fill, PROMPTS_VERSION, SYNTHESIS_INSTRUCTION, SYNTHESIS_TASK } from "./prompts.ts";
import { askOnce, outcomeOf, singleBound } from "./single.ts";
import { trimmed } from "./trim.ts";
import { synthesisWishes } from "./wishes.ts";

function synthesisBound(options: Orchestration): Bound {
  return {
    role: "synthesiser",
    count: 1,
    wishes: synthesisWishes(options),
    promptChars: SYNTHESIS_INSTRUCTION.length + SYNTHESIS_TASK.length,
    answersHeld: options.candidates,
    outputTokensMax: undefined,
    isFinal: true,
  };
}

async function mix(options: Orchestration, world: ModeWorld): Promise<Outcome> {
  const said = await askPanel(world, panelOf(options));
  const only = onlyCandidate(said);
  if (only) return only;
  const { answers, stopped } = said;
  const count = answers.length;
  const order = shuffled(answers, () => world.random());
  const answer = await tried(
    world.ask({
      role: "synthesiser",
      round: 0,
      index: 0,
      prompt: {
        instruction: SYNTHESIS_INSTRUCTION,
        task: fill(SYNTHESIS_TASK, { answers: anonymous(order, world) }),
      },
      wishes: synthesisWishes(options),
      isFinal: true,
      outputTokensMax: undefined,
    }),
  );
  if (!(answer instanceof AskError)) {
    return outcomeOf({ answer, why: `Made of the answers of ${count} candidates.`, stopped });
  }
  const best = withoutJudge(answers);
  return outcomeOf({
    answer: best.answer,
    why: `No synthesis: ${spoken(answer)}; ${best.how}.`,
    stopped: stopped ?? stoppedBy([answer]),
  });
}

/** `mixture`: the judge writes the answer, with the client's tools and as a stream. */
export const mixture: Mode = {
  name: "mixture",
  description: "Several models answer beside each other; a strong one makes one answer of theirs.",
  promptsVersion: PROMPTS_VERSION,
  bound: (options) =>
    options.isSingle
      ? singleBound(panelistAlone(options))
      : [...panelBound(panelOf(options)), synthesisBound(options)],
  trim: (options) => trimmed(options, ["candidates", "critic", "single"]),
  run: (options, world) =>
    options.isSingle ? askOnce(world, panelistAlone(options)) : mix(options, world),
};
