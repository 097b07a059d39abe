/** One strong model with an instruction to plan. */
import type { Orchestration } from "../orchestration.ts";
import type { Mode } from "./mode.ts";
import { planPrompt } from "./plan-prompt.ts";
import { PROMPTS_VERSION } from "./prompts.ts";
import { askOnce, type Single, singleBound } from "./single.ts";
import { authorWishes } from "./wishes.ts";

/** The planner alone; its answer is the client's. */
export function plannerAlone(options: Orchestration): Single {
  return {
    role: "planner",
    prompt: planPrompt(options),
    wishes: authorWishes(options, "planning"),
    why: "One plan was asked for.",
  };
}

/** `planning`: a structured plan with its assumptions and risks, in one ask. */
export const planning: Mode = {
  name: "planning",
  description: "One strong model writes a structured plan with explicit assumptions and risks.",
  promptsVersion: PROMPTS_VERSION,
  bound: (options) => singleBound(plannerAlone(options)),
  trim: () => undefined,
  run: (options, world) => askOnce(world, plannerAlone(options)),
};
