/** Plan → critique by somebody else → revision, until the critic is content or finds nothing better. */
import type { Orchestration } from "../orchestration.ts";
import type { Mode } from "./mode.ts";
import { plannerAlone } from "./planning.ts";
import { ATTACK_INSTRUCTION, ATTACK_TASK, PROMPTS_VERSION } from "./prompts.ts";
import { type Cast, roundsBound, runRounds } from "./rounds.ts";
import { askOnce, singleBound } from "./single.ts";
import { trimmed } from "./trim.ts";
import { reviewWishes, sameAuthorFirst } from "./wishes.ts";

function castOf(options: Orchestration): Cast {
  const author = plannerAlone(options);
  return {
    noun: "plan",
    author: { role: author.role, prompt: author.prompt, wishes: author.wishes },
    critic: {
      instruction: ATTACK_INSTRUCTION,
      task: ATTACK_TASK,
      wishes: (planner) => reviewWishes(options, planner ? [planner] : []),
    },
    reviserWishes: (planner) => sameAuthorFirst(planner, options.primaryMinWeight, author.wishes),
  };
}

function isAlone({ planOnly, isSingle }: Orchestration): boolean {
  return planOnly || isSingle;
}

/** `adversarial`: the answer is the revision, or the earlier plan, that the critic scored best. */
export const adversarial: Mode = {
  name: "adversarial",
  description:
    "A plan, attacked by a different and strong model, and revised; repeated until the critic is content.",
  promptsVersion: PROMPTS_VERSION,
  bound: (options) =>
    isAlone(options) ? singleBound(plannerAlone(options)) : roundsBound(castOf(options), options),
  trim: (options) =>
    isAlone(options) ? undefined : trimmed(options, ["rounds", "critic", "single"]),
  run: (options, world) =>
    isAlone(options)
      ? askOnce(world, plannerAlone(options))
      : runRounds(castOf(options), options, world),
};
