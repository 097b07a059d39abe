/** A world for modes: a small catalogue that keeps wishes, answers by script, and a journal to run again from. */
import {
  AskError,
  type ModeAnswer,
  type ModeWorld,
  type Question,
  type Wish,
} from "../../src/modes/mode.ts";
import type { Orchestration } from "../../src/orchestration.ts";
import { seeded } from "../fakes/seeded.ts";

/** In ranking order. */
export const MODELS = [
  { modelId: "a-small", family: "a", weight: 3 },
  { modelId: "a-large", family: "a", weight: 8 },
  { modelId: "b-small", family: "b", weight: 4 },
  { modelId: "b-large", family: "b", weight: 9 },
  { modelId: "c-small", family: "c", weight: 5 },
] as const;

export const OPTIONS: Orchestration = {
  mode: "vote",
  iterations: 2,
  candidates: 3,
  primaryModelId: undefined,
  reviewModelId: undefined,
  candidateModelIds: [],
  primaryMinWeight: undefined,
  reviewMinWeight: undefined,
  planOnly: false,
  includeArtifacts: false,
  sections: [],
  stopScore: undefined,
  isReviewCheap: false,
  isSingle: false,
};

/** What one question comes to: words, a whole answer, a failure, or nothing until it is dropped. */
export type Reply = string | Partial<ModeAnswer> | Error | typeof NEVER;
export const NEVER = Symbol("never");

/** The name of a question within its run. */
export const nameOf = ({ role, round, index }: Pick<Question, "role" | "round" | "index">) =>
  `${role}/${round}/${index}`;

/** Those whom the first wish that leaves somebody leaves; the first of them is asked. */
export function choose(wishes: readonly Wish[]) {
  for (const wish of wishes) {
    const left = MODELS.filter(
      ({ modelId, family, weight }) =>
        (wish.modelId ?? modelId) === modelId &&
        weight >= (wish.minWeight ?? 0) &&
        !wish.notModels?.includes(modelId) &&
        !wish.notFamilies?.includes(family),
    );
    const firsts = left.filter((one) => left.find(({ family }) => family === one.family) === one);
    const spread = [...firsts, ...left.filter((one) => !firsts.includes(one))];
    const chosen = spread[wish.spread ?? 0];
    if (chosen) return chosen;
  }
  return undefined;
}

/** A world whose questions are answered by `reply`, except those that `journal` knows. */
export function aWorld(
  reply: (question: Question, ordinal: number) => Reply,
  { seed = 1, journal = new Map<string, ModeAnswer | Error>() } = {},
) {
  const asked: Question[] = [];
  const finished = new Map<string, ModeAnswer | Error>();
  let hanging = 0;
  const answer = (question: Question, ordinal: number): ModeAnswer | Error | typeof NEVER => {
    const known = journal.get(nameOf(question));
    if (known) return known;
    const chosen = choose(question.wishes);
    const said = chosen ? reply(question, ordinal) : new AskError("failed", new Error("nobody"));
    if (said instanceof Error || said === NEVER || !chosen) return said as Error | typeof NEVER;
    const { role, round, index } = question;
    const given = typeof said === "string" ? { text: said } : said;
    return {
      ...{ role, round, index, text: "", isOpaque: false, providerId: "p" },
      ...chosen,
      ...given,
    };
  };
  const world: ModeWorld = {
    question: "What is it?",
    random: seeded(seed),
    async ask(question, signal) {
      const got = answer(question, asked.push(question) - 1);
      let came = got;
      if (got === NEVER) {
        hanging += 1;
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
        came = new AskError("dropped");
      }
      await Promise.resolve();
      if (came instanceof AskError || !(came instanceof Error || came === NEVER)) {
        finished.set(nameOf(question), came);
      }
      if (came === NEVER || came instanceof Error) throw came;
      return came;
    },
    // Who answers at all does so within these turns: only what hangs outlasts a grace.
    async after(_ms, signal) {
      for (let turn = 0; turn < 100 && !signal?.aborted; turn += 1) await Promise.resolve();
      if (hanging === 0 && !signal?.aborted)
        throw new Error("The grace is over before the answers");
    },
  };
  return { world, asked, finished };
}
