import { describe, expect, test } from "vitest";
import type { ModeAnswer } from "../../../src/modes/mode.ts";
import {
  authorWishes,
  candidateWishes,
  reviewWishes,
  sameAuthorFirst,
  strongWishes,
  synthesisWishes,
} from "../../../src/modes/wishes.ts";
import { choose, MODELS, OPTIONS } from "../../contracts/mode-world.ts";

function by(modelId: (typeof MODELS)[number]["modelId"]): ModeAnswer {
  const model = MODELS.find((one) => one.modelId === modelId) ?? MODELS[0];
  const { family, weight } = model;
  return {
    ...{ role: "planner", round: 0, index: 0, text: "", isOpaque: false, providerId: "p" },
    ...{ modelId, family, weight },
  };
}
const chosen = (wishes: Parameters<typeof choose>[0]) => choose(wishes)?.modelId;

describe("a critic", () => {
  test("is wished for from a stronger other family, then what comes nearest", () => {
    const profile = "high_confidence";
    const options = { ...OPTIONS, reviewMinWeight: 2, reviewModelId: "r" };
    expect(reviewWishes(options, [by("a-large")])).toEqual([
      { modelId: "r", minWeight: 2 },
      { notFamilies: ["a"], minWeight: 8, profile },
      { notModels: ["a-large"], minWeight: 8, profile },
      { notFamilies: ["a"], minWeight: 2, profile },
      { notModels: ["a-large"], minWeight: 2, profile },
      { minWeight: 2, profile },
    ]);
  });

  test("comes from another family than the author's, and is no weaker", () => {
    expect(chosen(reviewWishes(OPTIONS, [by("a-large")]))).toBe("b-large");
    expect(chosen(reviewWishes(OPTIONS, [by("a-small")]))).toBe("b-small");
  });

  test("of the strongest author's kind where no other family is as strong", () => {
    expect(chosen(reviewWishes(OPTIONS, [by("b-large")]))).toBe("a-small");
  });

  test("judges several authors from outside all their families, where there is an outside", () => {
    expect(chosen(reviewWishes(OPTIONS, [by("a-small"), by("b-small")]))).toBe("c-small");
    const all = [by("a-small"), by("b-small"), by("c-small")];
    expect(chosen(reviewWishes(OPTIONS, all))).toBe("a-large");
  });

  test("is never weaker than the request demands, its own model's critic sooner", () => {
    const options = { ...OPTIONS, reviewMinWeight: 9 };
    expect(chosen(reviewWishes(options, [by("b-large")]))).toBe("b-large");
    expect(choose(reviewWishes({ ...options, reviewMinWeight: 10 }, []))).toBeUndefined();
  });

  test("trimmed to a cheap one is any other model, of the demanded weight", () => {
    const cheap = { ...OPTIONS, isReviewCheap: true, reviewMinWeight: 4, reviewModelId: "r" };
    expect(reviewWishes(cheap, [by("a-large")])).toEqual([
      { notModels: ["a-large"], minWeight: 4, profile: "cheap" },
      { minWeight: 4, profile: "cheap" },
    ]);
  });
});

describe("a candidate", () => {
  const options = { ...OPTIONS, candidateModelIds: ["c-small", "b-large"] };
  const profile = undefined;

  test("is one of the models named, in their order, before anybody else", () => {
    const [first, second] = [0, 1].map((index) => candidateWishes(options, index, profile, 3));
    expect(first?.[0]).toEqual({ modelId: "c-small", minWeight: 3 });
    expect(second?.[0]).toEqual({ modelId: "b-large", minWeight: 3 });
  });

  test("beyond those is none of them, each of the next model in turn", () => {
    const notModels = ["c-small", "b-large"];
    expect(candidateWishes(options, 2, "cheap", 3)).toEqual([
      { minWeight: 3, profile: "cheap", notModels, spread: 0 },
      { minWeight: 3, profile: "cheap" },
    ]);
    expect(candidateWishes(options, 3, "cheap", 3)[0]).toMatchObject({ spread: 1 });
  });

  test("is of another family than the one before, as long as there is one", () => {
    const panel = [0, 1, 2, 3].map((index) => chosen(candidateWishes(OPTIONS, index, profile, 0)));
    expect(panel).toEqual(["a-small", "b-small", "c-small", "a-large"]);
  });
});

test("an author is the one named, else by profile, of the demanded weight both", () => {
  const options = { ...OPTIONS, primaryModelId: "a-large", primaryMinWeight: 5 };
  expect(authorWishes(options, "planning")).toEqual([
    { modelId: "a-large", minWeight: 5 },
    { minWeight: 5, profile: "planning" },
  ]);
});

test("a revision is asked of the draft's author first", () => {
  const others = [{ profile: "planning" }];
  const first = { modelId: "c-small", minWeight: 2 };
  expect(sameAuthorFirst(by("c-small"), 2, others)).toEqual([first, ...others]);
  expect(sameAuthorFirst(undefined, 2, others)).toEqual(others);
});

test("a synthesis is the reviewer's, and a cheap one when trimmed", () => {
  const options = { ...OPTIONS, reviewModelId: "b-large", reviewMinWeight: 4 };
  expect(synthesisWishes(options)).toEqual([
    { modelId: "b-large", minWeight: 4 },
    { minWeight: 4, profile: "high_confidence" },
  ]);
  expect(synthesisWishes({ ...options, isReviewCheap: true })).toEqual([
    { minWeight: 4, profile: "cheap" },
  ]);
});

test("who answers for two cheap ones is none of them, unless nobody else is there", () => {
  const options = { ...OPTIONS, primaryMinWeight: 4 };
  expect(strongWishes(options, [by("a-small"), by("b-small")])).toEqual([
    { minWeight: 4, profile: "high_confidence", notModels: ["a-small", "b-small"] },
    { minWeight: 4, profile: "high_confidence" },
  ]);
});
