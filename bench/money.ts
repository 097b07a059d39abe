/**
 * What a budget costs a request: CPU of the gateway per request of a key with every kind of limit, beside that of a
 * key without any, interleaved in one run. `npm run bench -- money`; with `quick`: shorter.
 */
import { bodyOf, type Target, whole } from "./load.ts";
import type { Program } from "./process.ts";

/** Of the median of the rounds; a hold and its settlement from memory, and what keeps them on the disk. */
const DIFFERENCE_US_MAX = 60;
const WIDTH = 32;

/** A gateway that answers `bench-whole`, and its two kinds of key. */
export interface MoneyInput {
  readonly program: Program;
  readonly unlimited: Target;
  readonly budgeted: Target;
  readonly quick: boolean;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Prints its table; answers whether the difference is within its limit. */
export async function compareMoney(input: MoneyInput): Promise<boolean> {
  const { program, unlimited, budgeted, quick } = input;
  const [rounds, count] = quick ? [5, 2_000] : [9, 8_000];
  const body = bodyOf("bench-whole", 1_000);
  const cpuUs = async (target: Target) => {
    const before = program.cpuMs();
    await whole(target, { body, count, width: WIDTH });
    return ((program.cpuMs() - before) * 1_000) / count;
  };
  // Node's optimising compiler needs seconds of load before CPU per request settles.
  for (const target of [unlimited, budgeted]) await cpuUs(target);
  const free: number[] = [];
  const paid: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    free.push(await cpuUs(unlimited));
    paid.push(await cpuUs(budgeted));
  }
  const differenceUs = median(paid.map((us, at) => us - (free[at] ?? 0)));
  console.log("| CPU µs a request | without limits | with every limit | difference | limit |");
  console.log("|---|---:|---:|---:|---:|");
  console.log(
    `| median of ${rounds} rounds of ${count} | ${median(free).toFixed(1)} | ${median(paid).toFixed(1)} | ${differenceUs.toFixed(1)} | ${DIFFERENCE_US_MAX} |`,
  );
  return differenceUs <= DIFFERENCE_US_MAX;
}
