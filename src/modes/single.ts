/** One ask whose answer is the client's: a mode without stages, or one that was trimmed to it. */
import type { Bound, ModeWorld, Outcome, Prompt, Role, Wish } from "./mode.ts";

/** What the one ask says and who is asked. */
export interface Single {
  readonly role: Role;
  readonly prompt: Prompt;
  readonly wishes: readonly Wish[];
  /** One sentence, told in the decision. */
  readonly why: string;
}

/** Characters that a prompt adds. */
export function charsOf({ instruction = "", task = "" }: Prompt): number {
  return instruction.length + task.length;
}

/** Its whole plan. */
export function singleBound({ role, prompt, wishes }: Single): readonly Bound[] {
  const promptChars = charsOf(prompt);
  return [
    {
      role,
      count: 1,
      wishes,
      promptChars,
      answersHeld: 0,
      outputTokensMax: undefined,
      isFinal: true,
    },
  ];
}

/** @throws AskError of the one ask. */
export async function askOnce(world: ModeWorld, single: Single): Promise<Outcome> {
  const { why, ...asked } = single;
  const answer = await world.ask({
    ...asked,
    round: 0,
    index: 0,
    isFinal: true,
    outputTokensMax: undefined,
  });
  return outcomeOf({ answer, why });
}

/** An outcome; what is not said is nothing. */
export function outcomeOf(known: Pick<Outcome, "answer" | "why"> & Partial<Outcome>): Outcome {
  return { critiques: [], scores: [], stopped: undefined, ...known };
}
