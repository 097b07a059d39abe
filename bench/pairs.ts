/** CPU per stream chunk for each door and each provider dialect, beside a relay of the same bytes. */
import { BENCH_DIALECTS, type BenchDoor } from "./dialects.ts";
import { streams, type Target } from "./load.ts";
import type { Program } from "./process.ts";

interface Side {
  readonly program: Program;
  readonly target: Target;
}

/** What a row is measured with. */
export interface PairsPlan {
  readonly floor: Side;
  readonly tokenhub: Side;
  /** Streams at once, each of 100 chunks. */
  readonly open: number;
  readonly rounds: number;
}

const DOORS = Object.keys(BENCH_DIALECTS) as BenchDoor[];
/** Chunks of one stream and the pace, as the upstream reads them from the model's name. */
const STREAM = "stream-100-20";
const CONTENT = "Please summarise the following paragraph for me, it matters. ".repeat(16);
const LIMITS = { same: 1.5, translated: 3 };

/** Models of the registry: one for each dialect that the upstream is asked in. */
export const PAIR_MODELS = DOORS.map((provider) => ({
  id: `${provider}-${STREAM}`,
  provider,
}));

/** Prints the table. @throws Error when a stream did not end well. */
export async function comparePairs(plan: PairsPlan): Promise<void> {
  const names = "| door | provider | floor, CPU ms per 1 000 chunks | tokenhub | ratio | limit |";
  console.log(`\n${names}\n|---|---|---|---|---|---|`);
  for (const provider of DOORS) {
    const floor = await measured(plan, plan.floor, { door: provider, model: `bench-${STREAM}` });
    for (const door of DOORS) {
      const model = `${provider}-${STREAM}`;
      const tokenhub = await measured(plan, plan.tokenhub, { door, model });
      const limit = door === provider ? LIMITS.same : LIMITS.translated;
      const told = [door, provider, floor.toFixed(1), tokenhub.toFixed(1)];
      console.log(`| ${told.join(" | ")} | ${(tokenhub / floor).toFixed(2)} | ${limit} |`);
    }
  }
}

async function measured(
  plan: PairsPlan,
  { program, target }: Side,
  asked: { door: BenchDoor; model: string },
): Promise<number> {
  const { open, rounds } = plan;
  const dialect = BENCH_DIALECTS[asked.door];
  const body = JSON.stringify(dialect.body(asked.model, CONTENT));
  const seen: number[] = [];
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const before = program.cpuMs();
    const load = { body, count: open, spreadMs: 1_000, dialect };
    const { complete, events } = await streams(target, load);
    if (complete !== open) throw new Error(`${open - complete} streams did not end well`);
    // The floor hands on the provider's dialect, whose events the door's mark does not find.
    if (program === plan.tokenhub.program && events !== open * 100) {
      throw new Error(`${events} of ${open * 100} events arrived`);
    }
    if (round > 0) seen.push((program.cpuMs() - before) / (open / 10));
  }
  return seen.sort((a, b) => a - b)[Math.floor(seen.length / 2)] ?? Number.NaN;
}
