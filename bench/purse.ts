/** What money costs a warm request: one hold and its settlement from memory. `node bench/purse.ts` prints a row. */
import { performance } from "node:perf_hooks";
import { processActors } from "../self-hosted/actors.ts";
import { createPurse } from "../src/purse.ts";
import { limitedKey, project } from "../test/fakes/spenders.ts";

const WARM_UP = 20_000;
const ROUNDS = 20;
const REQUESTS = 10_000;
const LIMIT_US = 10;

/** µs per request with every kind of limit; `calls` is how often the ledger was asked in all measured rounds. */
export async function benchPurse(): Promise<{
  readonly medianUs: number;
  readonly worstRoundUs: number;
  readonly requests: number;
  readonly calls: number;
}> {
  const nowMs = () => performance.timeOrigin + performance.now();
  const store = { registryVersion: async () => 1, appendRequests: async () => undefined };
  const actors = processActors({ store, nowMs, every: () => undefined });
  let calls = 0;
  let ids = 0;
  const purse = createPurse({
    platform: {
      actors: {
        view: actors.view,
        call(to, method, args) {
          calls += 1;
          return actors.call(to, method, args);
        },
      },
      nowMs,
      after: (ms) => new Promise((resolve) => void setTimeout(resolve, ms).unref()),
      timer(ms, then) {
        const id = setTimeout(then, ms);
        return () => clearTimeout(id);
      },
      newId: (prefix) => `${prefix}_${ids++}`,
      defer: (work) => void work.catch(() => undefined),
    },
  });
  const team = project({ budgetDayNanoUsd: 1e15, timeZone: "Europe/Berlin" });
  const key = limitedKey({
    projectId: team.id,
    budgetDayNanoUsd: 1e15,
    budgetMonthNanoUsd: 1e15,
    rpm: 1e9,
    tpm: 1e12,
    concurrency: 1_000,
  });

  async function round(requests: number): Promise<number> {
    const startMs = performance.now();
    for (let i = 0; i < requests; i += 1) {
      const ask = { nanoUsd: 10_000, tokens: 500, deadlineMs: nowMs() + 60_000 };
      const hold = purse.hold(key, team, ask);
      const mine = hold instanceof Promise ? await hold : hold;
      purse.settle(mine, { nanoUsd: 7_000, tokens: 300 });
    }
    return ((performance.now() - startMs) * 1_000) / requests;
  }

  await round(WARM_UP);
  calls = 0;
  const tookUs: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    tookUs.push(await round(REQUESTS));
    // Between rounds timers may ring, as they do between requests.
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  await purse.close();
  tookUs.sort((a, b) => a - b);
  return {
    medianUs: tookUs[Math.floor(ROUNDS / 2)] ?? Number.NaN,
    worstRoundUs: tookUs.at(-1) ?? Number.NaN,
    requests: ROUNDS * REQUESTS,
    calls,
  };
}

/** Runs it and prints its table. */
export async function printPurse(): Promise<void> {
  const { medianUs, worstRoundUs, requests, calls } = await benchPurse();
  console.log("| what | median µs | worst round µs | limit µs | ledger calls |");
  console.log("|---|---:|---:|---:|---:|");
  console.log(
    `| hold + settle, warm | ${medianUs.toFixed(2)} | ${worstRoundUs.toFixed(2)} | ${LIMIT_US} | ${calls} of ${requests} |`,
  );
}
