/** Answer → the same model's feedback on it → revision. */
import type { Orchestration } from "../orchestration.ts";
import type { Mode } from "./mode.ts";
import { FEEDBACK_INSTRUCTION, FEEDBACK_TASK, PROMPTS_VERSION } from "./prompts.ts";
import { type Cast, roundsBound, runRounds } from "./rounds.ts";
import { askOnce, type Single, singleBound } from "./single.ts";
import { trimmed } from "./trim.ts";
import { authorWishes, sameAuthorFirst } from "./wishes.ts";

function answererAlone(options: Orchestration): Single {
  return {
    role: "answerer",
    prompt: {},
    wishes: authorWishes(options, undefined),
    why: "One answer without a round of feedback.",
  };
}

function castOf(options: Orchestration): Cast {
  const { primaryMinWeight, reviewMinWeight } = options;
  const { role, prompt, wishes } = answererAlone(options);
  return {
    noun: "answer",
    author: { role, prompt, wishes },
    critic: {
      instruction: FEEDBACK_INSTRUCTION,
      task: FEEDBACK_TASK,
      wishes: (answerer) =>
        sameAuthorFirst(answerer, reviewMinWeight, [{ minWeight: reviewMinWeight }]),
    },
    reviserWishes: (answerer) => sameAuthorFirst(answerer, primaryMinWeight, wishes),
  };
}

/** `refine`: the answer is the round that its own feedback scored best. */
export const refine: Mode = {
  name: "refine",
  description: "An answer that the same model criticises and revises, round by round.",
  promptsVersion: PROMPTS_VERSION,
  bound: (options) =>
    options.isSingle ? singleBound(answererAlone(options)) : roundsBound(castOf(options), options),
  // Its critic is its author: there is no cheaper one.
  trim: (options) => trimmed(options, ["rounds", "single"]),
  run: (options, world) =>
    options.isSingle
      ? askOnce(world, answererAlone(options))
      : runRounds(castOf(options), options, world),
};
