import { describe, expect, test } from "vitest";
import { AskError, type Question } from "../../../src/modes/mode.ts";
import { vote } from "../../../src/modes/vote.ts";
import { aWorld, NEVER, nameOf, OPTIONS, type Reply } from "../../contracts/mode-world.ts";

const failed = new AskError("failed", new Error("no"));
const dropped = new AskError("dropped");

/** Candidates say these; a judge says `judge`. Their models are a-small (3), b-small (4), c-small (5), a-large (8). */
async function run(
  texts: readonly Reply[],
  judge: Reply | ((question: Question) => Reply) = failed,
) {
  const { world, asked } = aWorld((question) => {
    if (question.role !== "judge") return texts[question.index] ?? "";
    return typeof judge === "function" ? judge(question) : judge;
  });
  const { answer, ...outcome } = await vote.run({ ...OPTIONS, candidates: texts.length }, world);
  return { ...outcome, answer: nameOf(answer), text: answer.text, asked };
}

describe("a vote", () => {
  test("asks all beside each other with the client's own words, none of them final", async () => {
    const { asked } = await run(["7", "7", "7"]);
    expect(asked).toHaveLength(3);
    for (const { prompt, isFinal } of asked)
      expect({ prompt, isFinal }).toEqual({ prompt: {}, isFinal: false });
  });

  test("is won by a majority without a judge, by the strongest of it, word for word", async () => {
    const { text, answer, asked, why } = await run(["The answer is 7.", "#### 7", "8"]);
    expect(text).toBe("#### 7");
    expect(answer).toBe("candidate/0/1");
    expect(asked.some(({ role }) => role === "judge")).toBe(false);
    expect(why).toBe("2 of 3 candidates agree; this is the strongest of them.");
  });

  test("of half against half is judged", async () => {
    const { asked } = await run(["7", "7", "8", "8"]);
    expect(asked.filter(({ role }) => role === "judge")).toHaveLength(2);
  });

  test("is won by whom the judge finds best, for the judge's reason", async () => {
    const { text, why, scores } = await run(["7", "8", "9"], ({ prompt }) => {
      const order = [...(prompt.task ?? "").matchAll(/\n(\d)\n\[end/g)].map(([, said]) => said);
      const best = ["8", "7", "9"].map((said) => order.indexOf(said));
      return JSON.stringify({ ranking: best, reason: "It is right." });
    });
    expect(text).toBe("8");
    expect(why).toBe("The best of 3 candidates, judged in both orders: It is right.");
    expect(scores.map(({ score }) => score)).toEqual([0.5, 1, 0]);
  });
});

describe("without a judge", () => {
  test("the one largest group wins", async () => {
    const { text, why } = await run(["7", "7", "8", "9"]);
    expect(text).toBe("7");
    expect(why).toBe("No judgement (the judge failed); 2 of 4 candidates agree on it.");
  });

  test("the strongest wins where no group is the largest", async () => {
    expect((await run(["7", "8", "9"])).answer).toBe("candidate/0/2");
    const { answer, why } = await run(["7", "7", "8", "8"], "Fine!");
    expect(answer).toBe("candidate/0/3");
    expect(why).toBe(
      "No judgement (the judge's verdict could not be read); it is the strongest candidate's.",
    );
  });

  test("for want of money or time, that is told", async () => {
    const late = new AskError("deadline", new Error("late"));
    expect(await run(["7", "8", "9"], late)).toMatchObject({ stopped: "deadline", text: "9" });
  });
});

describe("members that are missing", () => {
  test("late ones are dropped, and those who are there decide", async () => {
    const { text, stopped, asked } = await run([NEVER, "7", "7"]);
    expect(text).toBe("7");
    expect(stopped).toBeUndefined();
    expect(asked).toHaveLength(3);
  });

  test("failed ones too; one who is left wins alone", async () => {
    const { text, why, asked } = await run([failed, "7", failed]);
    expect(text).toBe("7");
    expect(why).toBe("Only one candidate answered.");
    expect(asked).toHaveLength(3);
  });

  test("those who call tools or say nothing win only where nobody says anything", async () => {
    expect((await run([{ isOpaque: true }, " \n", "7"])).text).toBe("7");
    expect((await run([{ isOpaque: true, text: "x" }, "", ""])).answer).toBe("candidate/0/0");
  });

  test("when nobody answers, the first failure that says anything is thrown", async () => {
    await expect(run([dropped, failed, new AskError("budget")])).rejects.toBe(failed);
  });
});
