import { describe, expect, test } from "vitest";
import { judge } from "../../../src/modes/judge.ts";
import { AskError, type ModeAnswer, type Question } from "../../../src/modes/mode.ts";
import { aWorld, nameOf, OPTIONS, type Reply } from "../../contracts/mode-world.ts";

const TEXTS = ["alpha", "beta", "gamma"];
const ANSWERS = TEXTS.map((text, index): ModeAnswer => {
  const weight = 5 - index;
  return {
    ...{ role: "candidate", round: 0, index, text, isOpaque: false },
    ...{ modelId: `${text}-model`, family: `${text}-family`, weight, providerId: `${text}-host` },
  };
});

/** The texts in the order in which a judge is shown them. */
const shown = ({ prompt }: Question) =>
  [...(prompt.task ?? "").matchAll(/\[begin answer \d \w+\]\n(\w+)\n/g)].map(
    ([, text = ""]) => text,
  );
/** A verdict that puts the texts in this order, whatever their numbers. */
const verdict = (question: Question, best: readonly string[], reason = "") =>
  JSON.stringify({ ranking: best.map((text) => shown(question).indexOf(text)), reason });

async function judged(reply: (question: Question) => Reply, seed = 1) {
  const { world, asked } = aWorld(reply, { seed });
  return { asked, ...(await judge(OPTIONS, world, ANSWERS)) };
}

describe("a judge", () => {
  test("sees all answers in one order and in its reverse, without a word on whose they are", async () => {
    const { asked } = await judged((question) => verdict(question, TEXTS));
    const [one, other] = asked.map(shown);
    expect([...(one ?? [])].sort()).toEqual(TEXTS);
    expect(other).toEqual(one?.toReversed());
    expect(asked).toHaveLength(2);
    for (const { prompt } of asked)
      expect(JSON.stringify(prompt)).not.toMatch(/model-|-model|-family|-host/);
  });

  test("sees them in an order that chance draws", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const { asked } = await judged((question) => verdict(question, TEXTS), seed);
      orders.add(String(asked[0] && shown(asked[0])));
    }
    expect(orders.size).toBeGreaterThan(3);
  });

  test("chooses by content in both orders", async () => {
    const best = ["gamma", "alpha", "beta"];
    const { winner, how, scores } = await judged((one) => verdict(one, best, "It  is\nright."));
    expect(winner).toBe(ANSWERS[2]);
    expect(how).toBe("judged in both orders: It is right.");
    expect(scores.map(({ score }) => score)).toEqual([0.5, 0, 1]);
    expect(scores.map(nameOf)).toEqual(ANSWERS.map(nameOf));
  });

  test("who always prefers the first place prefers nobody: the strongest wins", async () => {
    const { winner, scores, how } = await judged(() => '{"ranking":[0,1,2]}');
    expect(winner).toBe(ANSWERS[0]);
    expect(scores.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5]);
    expect(how).toContain("judged in both orders");
  });

  test("who differs between the orders has ranks summed", async () => {
    const bests = [
      ["gamma", "beta", "alpha"],
      ["beta", "alpha", "gamma"],
    ];
    const { winner, scores } = await judged((one) => verdict(one, bests[one.index] ?? []));
    expect(winner).toBe(ANSWERS[1]);
    expect(scores.map(({ score }) => score)).toEqual([0.25, 0.75, 0.5]);
  });

  test("is of no candidate's family", async () => {
    const { asked } = await judged((question) => verdict(question, TEXTS));
    const notFamilies = ["alpha-family", "beta-family", "gamma-family"];
    for (const { wishes } of asked) expect(wishes[0]).toMatchObject({ notFamilies, minWeight: 5 });
  });
});

describe("a verdict that cannot be read", () => {
  test.for([
    ...['{"ranking":[0,1]}', '{"ranking":[0,1,1]}', '{"ranking":[1,2,3]}', '{"ranking":[-1,0,1]}'],
    ...['{"ranking":[0,1,0.5]}', '{"ranking":["0","1","2"]}', "The first.", "[0,1,2]"],
  ])("%s is asked for once more in its order, and then is none", async (text) => {
    const { asked, winner, how, scores } = await judged(() => text);
    expect(asked.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(asked.slice(2).map(shown)).toEqual(asked.slice(0, 2).map(shown));
    expect(winner).toBeUndefined();
    expect(how).toBe("the judge's verdict could not be read");
    expect(scores).toEqual([]);
  });

  test("counts when its repair can be read", async () => {
    const best = ["beta", "gamma", "alpha"];
    const { asked, winner, how } = await judged((one) =>
      one.index === 1 ? "?" : verdict(one, best),
    );
    expect(asked.map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(winner).toBe(ANSWERS[1]);
    expect(how).toBe("judged in both orders: no reason given");
  });

  test("in one order leaves the other's", async () => {
    const best = ["beta", "gamma", "alpha"];
    const { winner, how } = await judged((one) => (one.index % 2 === 1 ? "?" : verdict(one, best)));
    expect(winner).toBe(ANSWERS[1]);
    expect(how).toContain("judged in one order only");
  });
});

test("a judge who fails is no error, and what stopped it is told", async () => {
  const { winner, how, stopped } = await judged(() => new AskError("budget", new Error("no")));
  expect(winner).toBeUndefined();
  expect(how).toBe("the judge failed");
  expect(stopped).toBe("budget");
});

test("a long reason is cut", async () => {
  const { how } = await judged((one) => verdict(one, TEXTS, "x".repeat(10_000)));
  expect(how.length).toBeLessThan(400);
});
