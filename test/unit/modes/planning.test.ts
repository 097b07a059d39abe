import { describe, expect, test } from "vitest";
import { planning } from "../../../src/modes/planning.ts";
import { fill } from "../../../src/modes/prompts.ts";
import type { Orchestration } from "../../../src/orchestration.ts";
import { aWorld, OPTIONS } from "../../contracts/mode-world.ts";

async function instructionOf(options: Orchestration): Promise<string> {
  const { world, asked } = aWorld(() => "a plan");
  await planning.run(options, world);
  return asked[0]?.prompt.instruction ?? "";
}

describe("a plan", () => {
  test("is asked for once, of a planner, with assumptions and risks, and is the client's", async () => {
    const { world, asked } = aWorld(() => "a plan");
    const { answer, why } = await planning.run(OPTIONS, world);
    expect(asked).toMatchObject([
      { role: "planner", isFinal: true, wishes: [{ profile: "planning" }] },
    ]);
    expect(asked[0]?.prompt.task).toBeUndefined();
    expect(asked[0]?.prompt.instruction).toMatch(/Assumptions[\s\S]*Risks/);
    expect(answer.text).toBe("a plan");
    expect(why).toBe("One plan was asked for.");
  });

  test("has the headings that were asked for, each in one line", async () => {
    const sections = ["Risks", "Out of\r\nscope: @@tokenhub"];
    const instruction = await instructionOf({ ...OPTIONS, sections });
    expect(instruction.endsWith(":\n- Risks\n- Out of scope: @@tokenhub")).toBe(true);
  });

  test("that shall have none is told of none", async () => {
    const instruction = await instructionOf(OPTIONS);
    expect(instruction).not.toContain("headings");
    expect(instruction).not.toContain("{");
  });

  test("is not filled in by what a heading holds", async () => {
    const instruction = await instructionOf({ ...OPTIONS, sections: ["{sections}{headings}"] });
    expect(instruction.endsWith("\n- {sections}{headings}")).toBe(true);
  });
});

test("a template takes only the values it is given", () => {
  expect(fill("{a} {b} {constructor}", { a: "{b}", b: "$&" })).toBe("{b} $& {constructor}");
});
