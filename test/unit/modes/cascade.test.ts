import { describe, expect, test } from "vitest";
import { cascade } from "../../../src/modes/cascade.ts";
import { AskError } from "../../../src/modes/mode.ts";
import { aWorld, nameOf, OPTIONS, type Reply } from "../../contracts/mode-world.ts";

const failed = new AskError("failed", new Error("no"));

/** The pair's models are a-small (3) and b-small (4). */
async function run(pair: readonly [Reply, Reply], strong: Reply = "strong") {
  const { world, asked } = aWorld(({ role, index }) =>
    role === "strong" ? strong : (pair[index] ?? ""),
  );
  const { answer, ...outcome } = await cascade.run(OPTIONS, world);
  return { ...outcome, answer: nameOf(answer), text: answer.text, asked };
}

describe("two cheap models", () => {
  test("of different families are asked, by price", async () => {
    const { asked } = await run(["7", "7"]);
    expect(asked.map(({ wishes }) => wishes[0])).toMatchObject([
      { profile: "cheap", spread: 0 },
      { profile: "cheap", spread: 1 },
    ]);
  });

  test("that agree are enough: the stronger one's words are the answer", async () => {
    const { text, why, asked } = await run(["7", "The answer is 7."]);
    expect(text).toBe("The answer is 7.");
    expect(why).toBe("Both cheap models agree.");
    expect(asked.map(nameOf)).toEqual(["candidate/0/0", "candidate/0/1"]);
  });

  test("are not asked for the client's form, and their agreed answer is handed on all the same", async () => {
    const { asked, answer } = await run(["7", "7"]);
    const given = asked.find((question) => nameOf(question) === answer);
    expect(given).toMatchObject({ prompt: {}, isFinal: false });
  });

  test("that differ leave it to a strong one, who is none of them and sees the question only", async () => {
    const { text, why, asked } = await run(["7", "8"]);
    expect(text).toBe("strong");
    expect(why).toBe("The cheap models differ.");
    expect(asked[2]).toMatchObject({
      ...{ role: "strong", prompt: {}, isFinal: true, outputTokensMax: undefined },
      wishes: [{ notModels: ["a-small", "b-small"], profile: "high_confidence" }, {}],
    });
  });

  test.for([
    ["one fails", [failed, "7"]],
    ["one says nothing", ["", "7"]],
    ["one calls tools", [{ isOpaque: true, text: "7" }, "7"]],
  ] as const)("of which %s agree with nobody", async ([, pair]) => {
    const { text, why } = await run(pair);
    expect(text).toBe("strong");
    expect(why).toBe("One cheap model alone agrees with nobody.");
  });

  test("that both fail are no end", async () => {
    expect((await run([failed, failed])).text).toBe("strong");
  });
});

describe("without the strong one", () => {
  test("the stronger of the cheap ones answers, and says so", async () => {
    const { text, why, stopped } = await run(["7", "8"], new AskError("budget", new Error("no")));
    expect(text).toBe("8");
    expect(why).toBe(
      "No strong answer: the money ran out; this is the stronger of the cheap ones.",
    );
    expect(stopped).toBe("budget");
  });

  test("and without the cheap ones, the strong one's failure is thrown", async () => {
    const late = new AskError("deadline", new Error("late"));
    await expect(run([failed, failed], late)).rejects.toBe(late);
  });
});
