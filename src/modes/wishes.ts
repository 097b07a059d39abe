/** Who is wished for, by role. Weights that the request demands hold in every wish; all else may be given up. */
import type { Orchestration } from "../orchestration.ts";
import type { ModeAnswer, Wish } from "./mode.ts";

/** The model named, where one is, before the others. */
function named(modelId: string | undefined, minWeight: number | undefined): readonly Wish[] {
  return modelId === undefined ? [] : [{ modelId, minWeight }];
}

/** Who plans or answers; `profile` undefined: ordered as the request says. */
export function authorWishes(options: Orchestration, profile: string | undefined): readonly Wish[] {
  const minWeight = options.primaryMinWeight;
  return [...named(options.primaryModelId, minWeight), { minWeight, profile }];
}

/**
 * Who criticises or judges what `authors` wrote: a different family that is at least as strong, then what comes
 * nearest. A cheap one: any other model. No authors (before the run): whoever is the strongest or cheapest.
 */
export function reviewWishes(
  options: Orchestration,
  authors: readonly ModeAnswer[],
): readonly Wish[] {
  const minWeight = options.reviewMinWeight;
  const notModels = [...new Set(authors.map(({ modelId }) => modelId))];
  const notFamilies = [...new Set(authors.map(({ family }) => family))];
  if (options.isReviewCheap) {
    return [
      { notModels, minWeight, profile: "cheap" },
      { minWeight, profile: "cheap" },
    ];
  }
  const strong = Math.max(minWeight ?? 0, ...authors.map(({ weight }) => weight));
  const profile = "high_confidence";
  return [
    ...named(options.reviewModelId, minWeight),
    { notFamilies, minWeight: strong, profile },
    { notModels, minWeight: strong, profile },
    { notFamilies, minWeight, profile },
    { notModels, minWeight, profile },
    { minWeight, profile },
  ];
}

/** Who answers beside others, the `index`-th from 0: the models named, then one of each family in turn. */
export function candidateWishes(
  options: Orchestration,
  index: number,
  profile: string | undefined,
  minWeight: number | undefined,
): readonly Wish[] {
  const names = options.candidateModelIds;
  const spread = {
    minWeight,
    profile,
    notModels: names,
    spread: Math.max(0, index - names.length),
  };
  return [...named(names[index], minWeight), spread, { minWeight, profile }];
}

/** The author of a draft once more, else whoever else may be. undefined: before the run. */
export function sameAuthorFirst(
  author: ModeAnswer | undefined,
  minWeight: number | undefined,
  others: readonly Wish[],
): readonly Wish[] {
  return [...named(author?.modelId, minWeight), ...others];
}

/** Who makes one answer of many: the reviewer, whoever wrote the others. */
export function synthesisWishes(options: Orchestration): readonly Wish[] {
  const minWeight = options.reviewMinWeight;
  if (options.isReviewCheap) return [{ minWeight, profile: "cheap" }];
  return [...named(options.reviewModelId, minWeight), { minWeight, profile: "high_confidence" }];
}

/** Who answers when two cheap ones differ: not one of them. No pair: before the run. */
export function strongWishes(options: Orchestration, pair: readonly ModeAnswer[]): readonly Wish[] {
  const minWeight = options.primaryMinWeight;
  const strong = { minWeight, profile: "high_confidence" };
  const notModels = pair.map(({ modelId }) => modelId);
  return [...named(options.primaryModelId, minWeight), { ...strong, notModels }, strong];
}
