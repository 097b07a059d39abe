import { describe, expect, test } from "vitest";
import { GRACE_MS, gather, quorumOf } from "../../../src/modes/gather.ts";
import { AskError, type ModeWorld, type Question } from "../../../src/modes/mode.ts";
import { aWorld, NEVER, type Reply } from "../../contracts/mode-world.ts";

function questions(count: number): Question[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ role: "candidate", round: 0, index, prompt: {}, isFinal: false },
    ...{ wishes: [{}], outputTokensMax: undefined },
  }));
}

/** What `replies` come to, and how long it was waited for. */
async function gathered(replies: readonly Reply[], quorum: number) {
  const waitedMs: number[] = [];
  const { world } = aWorld(({ index }) => replies[index] ?? "");
  const watched: ModeWorld = {
    ...world,
    after(ms, signal) {
      waitedMs.push(ms);
      return world.after(ms, signal);
    },
  };
  const { answers, failures } = await gather(watched, questions(replies.length), quorum);
  return {
    texts: answers.map(({ text }) => text),
    reasons: failures.map(({ reason }) => reason),
    waitedMs,
  };
}

test.for([
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 4],
  [8, 6],
] as const)("of %i answers %i are enough", ([count, quorum]) => {
  expect(quorumOf(count)).toBe(quorum);
});

describe("asked beside each other", () => {
  test("all who answer are heard, in the order of asking", async () => {
    expect(await gathered(["a", "b", "c"], 2)).toMatchObject({ texts: ["a", "b", "c"] });
  });

  test("who is late is dropped when a quorum has answered and the grace is over", async () => {
    expect(await gathered([NEVER, "b", "c"], 2)).toEqual({
      ...{ texts: ["b", "c"], reasons: ["dropped"], waitedMs: [GRACE_MS] },
    });
  });

  test("a failed one is no part of a quorum", async () => {
    const failed = new AskError("failed", new Error("no"));
    expect(await gathered([failed, "b", "c", failed], 3)).toEqual({
      ...{ texts: ["b", "c"], reasons: ["failed", "failed"], waitedMs: [] },
    });
  });

  test("nobody asked is nobody waited for", async () => {
    expect(await gathered([], 0)).toEqual({ texts: [], reasons: [], waitedMs: [] });
  });

  test("what is no failed ask ends the others, and is thrown when they have ended", async () => {
    const left = new Error("the client left");
    const { world, finished } = aWorld(({ index }) => (index === 1 ? left : NEVER));
    await expect(gather(world, questions(3), 2)).rejects.toBe(left);
    expect([...finished.values()]).toEqual([new AskError("dropped"), new AskError("dropped")]);
  });
});
