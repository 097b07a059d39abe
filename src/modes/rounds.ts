/** Draft → critique → revision, round by round: what `adversarial` and `refine` share. */
import { z } from "zod";
import type { Orchestration } from "../orchestration.ts";
import { spoken, stoppedBy, tried } from "./failure.ts";
import { cut, fence, type Held } from "./fence.ts";
import {
  AskError,
  type Bound,
  type Critique,
  type ModeAnswer,
  type ModeWorld,
  type Outcome,
  type Prompt,
  type Question,
  type Role,
  type Score,
  type Wish,
} from "./mode.ts";
import { fill, REPAIR, REVISE_TASK } from "./prompts.ts";
import { charsOf, outcomeOf } from "./single.ts";
import { askVerdict, VERDICT_TOKENS_MAX } from "./verdict.ts";

/** From this score on nothing is revised any more, unless the request names another. */
export const STOP_SCORE = 0.9;
/** As much of a critique as its reviser is shown. */
const CRITIQUE_CHARS_MAX = 12_000;

/** Who plays which part. */
export interface Cast {
  /** What is written: "plan" or "answer". */
  readonly noun: string;
  readonly author: {
    readonly role: Role;
    readonly prompt: Prompt;
    readonly wishes: readonly Wish[];
  };
  readonly critic: {
    readonly instruction: string;
    /** `{draft}` is the fenced text. */
    readonly task: string;
    /** Of the author of the text; undefined: before the run. */
    wishes(author: ModeAnswer | undefined): readonly Wish[];
  };
  /** Follows the author's instruction. `author`: of the draft; undefined: before the run. */
  reviserWishes(author: ModeAnswer | undefined): readonly Wish[];
}

const list = z.array(z.string()).default([]);
const CRITIQUE = z.object({
  score: z.number().min(0).max(1),
  attacks: list,
  missing: list,
  cheap_wins: list,
});

/** A critique in lines, as the reviser and the artifacts show it. */
function critiqueText({ attacks, missing, cheap_wins }: z.infer<typeof CRITIQUE>): string {
  const lines = [
    ...attacks.map((one) => `wrong: ${one}`),
    ...missing.map((one) => `missing: ${one}`),
    ...cheap_wins.map((one) => `easy to improve: ${one}`),
  ];
  return cut(lines.join("\n") || "no faults named", CRITIQUE_CHARS_MAX);
}

/** The whole plan: every round with a critic who is asked twice. */
export function roundsBound(cast: Cast, { iterations }: Orchestration): readonly Bound[] {
  const { author, critic } = cast;
  return [
    {
      role: author.role,
      count: 1,
      wishes: author.wishes,
      promptChars: charsOf(author.prompt),
      answersHeld: 0,
      outputTokensMax: undefined,
      isFinal: false,
    },
    {
      role: "critic",
      count: 2 * iterations,
      wishes: critic.wishes(undefined),
      promptChars: critic.instruction.length + critic.task.length + REPAIR.length,
      answersHeld: 1,
      outputTokensMax: VERDICT_TOKENS_MAX,
      isFinal: false,
    },
    {
      role: "reviser",
      count: iterations,
      wishes: cast.reviserWishes(undefined),
      promptChars: charsOf(author.prompt) + REVISE_TASK.length + CRITIQUE_CHARS_MAX,
      answersHeld: 1,
      outputTokensMax: undefined,
      isFinal: true,
    },
  ];
}

function authorQuestion({ author }: Cast): Question {
  return { ...author, round: 0, index: 0, isFinal: false, outputTokensMax: undefined };
}

function criticQuestion(cast: Cast, draft: ModeAnswer, round: number, held: string): Question {
  const { instruction, task, wishes } = cast.critic;
  return {
    role: "critic",
    round,
    index: 0,
    prompt: { instruction, task: fill(task, { draft: held }) },
    wishes: wishes(draft),
    isFinal: false,
    outputTokensMax: VERDICT_TOKENS_MAX,
  };
}

function reviserQuestion(
  cast: Cast,
  first: ModeAnswer,
  { round, isFinal, held }: { round: number; isFinal: boolean; held: string },
): Question {
  const task = fill(REVISE_TASK, { noun: cast.noun, draft: held });
  return {
    role: "reviser",
    round,
    index: 0,
    prompt: { ...cast.author.prompt, task },
    wishes: cast.reviserWishes(first),
    isFinal,
    outputTokensMax: undefined,
  };
}

/**
 * Ends with the last revision, or earlier with the best text so far: when a score is high enough or no longer
 * grows, when a critic gives none, or when an ask fails.
 * @throws AskError of the first ask.
 */
export async function runRounds(
  cast: Cast,
  { iterations, stopScore = STOP_SCORE }: Orchestration,
  world: ModeWorld,
): Promise<Outcome> {
  const { noun } = cast;
  const critiques: Critique[] = [];
  const scores: Score[] = [];
  const ended = (answer: ModeAnswer, why: string, failure?: AskError) =>
    outcomeOf({ answer, why, critiques, scores, stopped: stoppedBy(failure ? [failure] : []) });
  const fenced = (...held: Held[]) => fence(held, () => world.random());

  const first = await world.ask(authorQuestion(cast));
  if (first.isOpaque)
    return ended(first, `The first ${noun} cannot be reviewed; it is the answer.`);
  let best: { readonly draft: ModeAnswer; readonly score: number } | undefined;
  let draft = first;
  for (let round = 0; round < iterations; round += 1) {
    const held = fenced({ label: noun, text: draft.text });
    const verdict = await tried(
      askVerdict(world, criticQuestion(cast, draft, round, held), CRITIQUE),
    );
    const soFar = best?.draft ?? draft;
    if (verdict instanceof AskError) {
      return ended(soFar, `No critique in round ${round}: ${spoken(verdict)}.`, verdict);
    }
    if (!verdict) return ended(soFar, `The critique of round ${round} could not be read.`);
    const { score } = verdict;
    const text = critiqueText(verdict);
    critiques.push({ round, score, text });
    scores.push({ role: draft.role, round: draft.round, index: draft.index, score });
    if (score >= stopScore) return ended(draft, `The critic's score of ${score} is enough.`);
    if (best && score <= best.score) {
      return ended(best.draft, `Round ${round} was no better: ${score} after ${best.score}.`);
    }
    best = { draft, score };
    const isFinal = round === iterations - 1;
    const both = fenced({ label: noun, text: draft.text }, { label: "review", text });
    const revised = await tried(
      world.ask(reviserQuestion(cast, first, { round, isFinal, held: both })),
    );
    if (revised instanceof AskError) {
      return ended(draft, `No revision in round ${round}: ${spoken(revised)}.`, revised);
    }
    if (isFinal) return ended(revised, `The last revision, after ${iterations} rounds.`);
    if (revised.isOpaque) return ended(draft, `The revision of round ${round} cannot be reviewed.`);
    draft = revised;
  }
  return ended(draft, `No round was asked for.`);
}
