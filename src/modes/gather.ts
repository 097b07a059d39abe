/** Questions asked beside each other: enough answers, then a little patience, then the late ones are dropped. */
import { tried } from "./failure.ts";
import { AskError, type ModeAnswer, type ModeWorld, type Question } from "./mode.ts";

/** Of `n` asked, two thirds make a quorum: one of three may be slow, and a majority of all is still among them. */
const QUORUM_NUMERATOR = 2;
const QUORUM_DENOMINATOR = 3;
/** How long the others are waited for when a quorum has answered: seconds matter, the slowest tenth does not. */
export const GRACE_MS = 5_000;

/** How many of `count` answers are enough. */
export function quorumOf(count: number): number {
  return Math.ceil((count * QUORUM_NUMERATOR) / QUORUM_DENOMINATOR);
}

/** What came of all questions; both in the order in which they were asked. */
export interface Gathered {
  readonly answers: readonly ModeAnswer[];
  readonly failures: readonly AskError[];
}

/**
 * Asks all at once. Who has not answered `GRACE_MS` after the quorum has is dropped.
 * @throws what an ask throws that is no AskError, when all others have ended.
 */
export async function gather(
  world: ModeWorld,
  questions: readonly Question[],
  quorum: number,
): Promise<Gathered> {
  const late = new AbortController();
  const settled = new AbortController();
  const { promise: quorate, resolve: enough } = Promise.withResolvers<void>();
  let missing = quorum;
  const asked = questions.map(async (question) => {
    try {
      const got = await tried(world.ask(question, late.signal));
      if (!(got instanceof AskError)) missing -= 1;
      if (missing === 0) enough();
      return got;
    } catch (error) {
      late.abort();
      throw error;
    }
  });
  const all = Promise.allSettled(asked).finally(() => settled.abort());
  await Promise.race([quorate, all]);
  if (!settled.signal.aborted) {
    await world.after(GRACE_MS, settled.signal);
    late.abort();
  }
  const came = await all;
  const answers: ModeAnswer[] = [];
  const failures: AskError[] = [];
  for (const one of came) {
    if (one.status === "rejected") throw one.reason;
    if (one.value instanceof AskError) failures.push(one.value);
    else answers.push(one.value);
  }
  return { answers, failures };
}
