/** One routing decision over 50 candidates: `node bench/routing.ts` prints a row of the bench table. */
import { performance } from "node:perf_hooks";
import { decide } from "../src/routing/route.ts";
import { aCandidate, anInput, BUCKET, PULSE, withPolicy } from "../test/fakes/routing.ts";

const CANDIDATES = 50;
const WARM_UP = 5_000;
const RUNS = 20_000;
const LIMIT_US = 50;

const candidates = Array.from({ length: CANDIDATES }, (_, index) =>
  aCandidate(`provider-${index % 10}/model-${index}`, { model: { weight: index % 11 } }),
);
const views = Object.fromEntries(
  Array.from({ length: 10 }, (_, provider) => {
    const models = candidates.filter((_, index) => index % 10 === provider);
    const pulse = models.map(({ model }) => [model.id, PULSE]);
    const bucket = models.map(({ model }) => [`KEY\n${model.id}`, { ...BUCKET, headroom: 0.5 }]);
    return [
      `provider-${provider}`,
      { pulse: Object.fromEntries(pulse), bucket: Object.fromEntries(bucket) },
    ];
  }),
);
const input = anInput(candidates, {
  views,
  ...withPolicy({ budgetNanoUsd: 50_000_000, labels: ["eu"] }),
});

function timeUs(seed: number): number {
  const startMs = performance.now();
  const { ranked } = decide({ ...input, seed });
  const tookUs = (performance.now() - startMs) * 1_000;
  if (ranked.length !== CANDIDATES) throw new Error("The bench must rank every candidate.");
  return tookUs;
}

for (let run = 0; run < WARM_UP; run += 1) timeUs(run);
const tookUs = Array.from({ length: RUNS }, (_, run) => timeUs(run)).sort((a, b) => a - b);
const at = (share: number) => (tookUs[Math.floor(RUNS * share)] ?? 0).toFixed(1);

console.log("| what | median µs | p99 µs | limit µs |");
console.log("|---|---:|---:|---:|");
console.log(`| decide, ${CANDIDATES} candidates | ${at(0.5)} | ${at(0.99)} | ${LIMIT_US} |`);
