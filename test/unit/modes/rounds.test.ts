import { describe, expect, test } from "vitest";
import { adversarial } from "../../../src/modes/adversarial.ts";
import { AskError } from "../../../src/modes/mode.ts";
import { refine } from "../../../src/modes/refine.ts";
import type { Orchestration } from "../../../src/orchestration.ts";
import { aWorld, nameOf, OPTIONS, type Reply } from "../../contracts/mode-world.ts";

const MODES = { adversarial, refine };
const options = { ...OPTIONS, iterations: 3 };

/** A run in which the critic gives these scores in turn; `special` answers by a question's name. */
async function run(
  name: keyof typeof MODES,
  scores: readonly (number | Reply)[],
  { some = options, special = {} }: { some?: Orchestration; special?: Record<string, Reply> } = {},
) {
  const { world, asked } = aWorld((question) => {
    const known = special[nameOf(question)];
    if (known !== undefined) return known;
    if (question.role !== "critic") return `text of ${nameOf(question)}`;
    const score = scores[question.round] ?? 0;
    return typeof score === "number" ? JSON.stringify({ score, attacks: ["weak"] }) : score;
  });
  const outcome = await MODES[name].run(some, world);
  return { outcome, asked, names: asked.map(nameOf), answer: nameOf(outcome.answer) };
}

describe.each([
  ["adversarial", "planner"],
  ["refine", "answerer"],
] as const)("%s", (name, author) => {
  test("whose critic is never content ends with the last revision, which alone is final", async () => {
    const { asked, names, answer, outcome } = await run(name, [0.1, 0.2, 0.3]);
    expect(names).toEqual([
      ...[`${author}/0/0`, "critic/0/0", "reviser/0/0"],
      ...["critic/1/0", "reviser/1/0", "critic/2/0", "reviser/2/0"],
    ]);
    expect(answer).toBe("reviser/2/0");
    expect(asked.map(({ isFinal }) => isFinal).lastIndexOf(true)).toBe(6);
    expect(outcome.why).toBe("The last revision, after 3 rounds.");
    expect(outcome.critiques.map(({ score }) => score)).toEqual([0.1, 0.2, 0.3]);
    expect(outcome.scores.map(nameOf)).toEqual([`${author}/0/0`, "reviser/0/0", "reviser/1/0"]);
  });

  test("ends with the draft whose score is high enough", async () => {
    const { answer, outcome } = await run(name, [0.1, 0.9]);
    expect(answer).toBe("reviser/0/0");
    expect(outcome.why).toBe("The critic's score of 0.9 is enough.");
  });

  test("takes the score that the request finds enough", async () => {
    const some = { ...options, stopScore: 0.4 };
    expect((await run(name, [0.4], { some })).answer).toBe(`${author}/0/0`);
    expect(
      (await run(name, [0.1, 0.95, 0.96], { some: { ...options, stopScore: 1 } })).answer,
    ).toBe("reviser/2/0");
  });

  test.for([0.5, 0.4])(
    "ends with the better draft when the next one scores %f after 0.5",
    async (next) => {
      const { answer, names, outcome } = await run(name, [0.5, next]);
      expect(answer).toBe(`${author}/0/0`);
      expect(names.at(-1)).toBe("critic/1/0");
      expect(outcome.why).toBe(`Round 1 was no better: ${next} after 0.5.`);
    },
  );

  test("shows the reviser the draft and the critique as data", async () => {
    const { asked } = await run(name, [0.1]);
    const { task = "", instruction } = asked[2]?.prompt ?? {};
    expect(task).toContain(`text of ${author}/0/0`);
    expect(task).toContain("wrong: weak");
    expect(instruction).toBe(asked[0]?.prompt.instruction);
  });

  test("repairs a critique once, and ends with the best so far when it cannot be read", async () => {
    const { names, answer, outcome } = await run(name, [0.1, "Fine!"]);
    expect(names.slice(-2)).toEqual(["critic/1/0", "critic/1/1"]);
    expect(answer).toBe(`${author}/0/0`);
    expect(outcome.why).toBe("The critique of round 1 could not be read.");
    const repaired = await run(name, ["Fine!"], { special: { "critic/0/1": '{"score":1}' } });
    expect(repaired.outcome.why).toBe("The critic's score of 1 is enough.");
  });

  test("says what it lacked, and what was missing of it", async () => {
    const failed = new AskError("failed", new Error("no"));
    const deadline = new AskError("deadline", new Error("late"));
    const noCritic = await run(name, [failed]);
    expect(noCritic.outcome.why).toBe("No critique in round 0: it failed.");
    expect(noCritic.outcome.stopped).toBeUndefined();
    const noReviser = await run(name, [0.1], { special: { "reviser/0/0": deadline } });
    expect(noReviser.answer).toBe(`${author}/0/0`);
    expect(noReviser.outcome.why).toBe("No revision in round 0: the time ran out.");
    expect(noReviser.outcome.stopped).toBe("deadline");
  });

  test("whose text calls tools is not reviewed", async () => {
    const first = await run(name, [], { special: { [`${author}/0/0`]: { isOpaque: true } } });
    expect(first.names).toEqual([`${author}/0/0`]);
    const later = await run(name, [0.1], { special: { "reviser/0/0": { isOpaque: true } } });
    expect(later.answer).toBe(`${author}/0/0`);
    const last = await run(name, [0.1, 0.2, 0.3], {
      special: { "reviser/2/0": { isOpaque: true } },
    });
    expect(last.answer).toBe("reviser/2/0");
  });
});

test("a plan alone is one ask of the planner", async () => {
  const { names, answer } = await run("adversarial", [], { some: { ...options, planOnly: true } });
  expect(names).toEqual(["planner/0/0"]);
  expect(answer).toBe("planner/0/0");
});

test("who attacks a plan is of another family, and who wrote it revises it", async () => {
  const { asked } = await run("adversarial", [0.1, 0.2, 0.3]);
  expect(asked[1]?.wishes[0]).toMatchObject({ notFamilies: ["a"], minWeight: 3 });
  for (const one of [asked[2], asked[4]])
    expect(one?.wishes[0]).toMatchObject({ modelId: "a-small" });
});

test("a revision by another model is attacked from outside that one's family", async () => {
  const reviser = { text: "better", modelId: "b-large", family: "b", weight: 9 };
  const { asked } = await run("adversarial", [0.1], { special: { "reviser/0/0": reviser } });
  expect(asked[3]?.wishes[0]).toMatchObject({ notFamilies: ["b"], minWeight: 9 });
});

test("who refines is one model in every part", async () => {
  const { asked } = await run("refine", [0.1, 0.2, 0.3]);
  for (const { wishes } of asked.slice(1)) expect(wishes[0]?.modelId).toBe("a-small");
});
