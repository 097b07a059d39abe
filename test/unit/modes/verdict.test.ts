import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ModeAnswer, Question } from "../../../src/modes/mode.ts";
import { REPAIR } from "../../../src/modes/prompts.ts";
import { askVerdict, readVerdict, repairOf } from "../../../src/modes/verdict.ts";
import { aWorld } from "../../contracts/mode-world.ts";

const SHAPE = z.object({ score: z.number().min(0).max(1) });
const reply = (text: string, isOpaque = false) => ({ text, isOpaque }) as ModeAnswer;
const question: Question = {
  ...{ role: "critic", round: 3, index: 0, isFinal: false, outputTokensMax: 9 },
  prompt: { instruction: "You check.", task: "Check." },
  wishes: [{}],
};

describe("a verdict is read", () => {
  test.for([
    '{"score":0.5}',
    ' \n{"score": 0.5}\n',
    '```json\n{"score":0.5}\n```',
    '```\n{"score":0.5}\n```',
  ])("from %j", (text) => {
    expect(readVerdict(SHAPE, reply(text))).toEqual({ score: 0.5 });
  });

  test.for([
    ...["", "0.5", "null", "[]", '{"score":2}', '{"score":"1"}', '{"score":0.5} or so'],
    ...['I say {"score":0.5}', '{"score":0.5}{"score":1}', "Score: 0.5"],
  ])("not from %j", (text) => {
    expect(readVerdict(SHAPE, reply(text))).toBeUndefined();
  });

  test("not from a call of tools", () => {
    expect(readVerdict(SHAPE, reply('{"score":0.5}', true))).toBeUndefined();
  });
});

describe("asking for a verdict", () => {
  test("that can be read asks once", async () => {
    const { world, asked } = aWorld(() => '{"score":1}');
    expect(await askVerdict(world, question, SHAPE)).toEqual({ score: 1 });
    expect(asked).toEqual([question]);
  });

  test("that cannot be read asks once more, with a word on why", async () => {
    const { world, asked } = aWorld((_, ordinal) => (ordinal === 0 ? "Good!" : '{"score":1}'));
    expect(await askVerdict(world, question, SHAPE)).toEqual({ score: 1 });
    const task = `Check.\n\n${REPAIR}`;
    expect(asked[1]).toEqual({ ...question, index: 1, prompt: { ...question.prompt, task } });
  });

  test("that never can be read asks no third time", async () => {
    const { world, asked } = aWorld(() => "Good!");
    expect(await askVerdict(world, question, SHAPE)).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});

test("the repair of a question without a task has one", () => {
  expect(repairOf({ ...question, prompt: {} }, 2).prompt.task).toBe(REPAIR);
});
