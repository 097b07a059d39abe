import { describe, expect, test } from "vitest";
import { mixture } from "../../../src/modes/mixture.ts";
import { AskError } from "../../../src/modes/mode.ts";
import { aWorld, NEVER, nameOf, OPTIONS, type Reply } from "../../contracts/mode-world.ts";

const failed = new AskError("failed", new Error("no"));

async function run(texts: readonly Reply[], synthesis: Reply = "made", seed = 1) {
  const { world, asked } = aWorld(
    ({ role, index }) => (role === "synthesiser" ? synthesis : (texts[index] ?? "")),
    { seed },
  );
  const { answer, ...outcome } = await mixture.run({ ...OPTIONS, candidates: texts.length }, world);
  return { ...outcome, answer: nameOf(answer), text: answer.text, asked, last: asked.at(-1) };
}

describe("a mixture", () => {
  test("is one final answer made of all, even where they agree", async () => {
    const { text, why, last } = await run(["7", "7", "7"]);
    expect(text).toBe("made");
    expect(why).toBe("Made of the answers of 3 candidates.");
    expect(last).toMatchObject({ role: "synthesiser", isFinal: true, outputTokensMax: undefined });
  });

  test("shows the answers as data, without a word on whose they are", async () => {
    const { last } = await run(["alpha", "beta", "gamma"]);
    const told = JSON.stringify(last?.prompt);
    for (const text of ["alpha", "beta", "gamma"]) expect(told).toContain(`]\\n${text}\\n[end`);
    expect(told).not.toMatch(/a-small|b-small|c-small|candidate\//);
  });

  test("shows them in an order that chance draws", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const { last } = await run(["alpha", "beta", "gamma"], "made", seed);
      orders.add(String(last?.prompt.task?.match(/alpha|beta|gamma/g)));
    }
    expect(orders.size).toBeGreaterThan(3);
  });

  test("is streamed: an answer without words is the client's too", async () => {
    expect((await run(["a", "b"], { isOpaque: true })).answer).toBe("synthesiser/0/0");
  });

  test("leaves out who is late, has failed or said nothing", async () => {
    const { last, why } = await run([NEVER, "beta", "gamma", "delta", failed, ""]);
    expect(last?.prompt.task?.match(/\[begin/g)).toHaveLength(3);
    expect(why).toBe("Made of the answers of 3 candidates.");
  });

  test("of one candidate is that candidate's answer, unchanged, though nobody asked it for the client's form", async () => {
    const { text, why, asked } = await run([failed, "beta", failed]);
    expect(text).toBe("beta");
    expect(why).toBe("Only one candidate answered.");
    expect(asked.some(({ role, isFinal }) => role === "synthesiser" || isFinal)).toBe(false);
  });
});

describe("without a synthesis", () => {
  test("those who agree win, else the strongest, and it is said why", async () => {
    const agreed = await run(["7", "7", "8"], failed);
    expect(agreed.text).toBe("7");
    expect(agreed.why).toBe("No synthesis: it failed; 2 of 3 candidates agree on it.");
    const late = await run(["7", "8", "9"], new AskError("deadline", new Error("late")));
    expect(late).toMatchObject({ text: "9", stopped: "deadline" });
    expect(late.why).toBe("No synthesis: the time ran out; it is the strongest candidate's.");
  });
});
