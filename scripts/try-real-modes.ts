/** Every orchestration once against the servers under test: its stages, what each took, and whether the sums are exact. */
import { ORCHESTRATIONS } from "../src/modes/index.ts";
import { type Client, saying } from "../test/fakes/client.ts";

const QUESTION = "Plan a birthday party for six children in three short steps.";
/** A few seconds of a small model on a CPU for each stage. */
const OUTPUT_TOKENS_MAX = 96;
const NANO = 1e9;

interface StageTold {
  readonly role: string;
  readonly round: number;
  readonly index: number;
  readonly model?: string;
  readonly status: string;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cost_usd?: number;
  readonly latency_ms?: number;
}

interface DecisionTold {
  readonly cost_usd?: number;
  readonly orchestration: { readonly why?: string; readonly stages: readonly StageTold[] };
}

/** Runs all of them; false: one was not answered, or its total is not the sum of its stages. */
export async function tryModes(client: Client, print: (line: string) => void): Promise<boolean> {
  let isGood = true;
  for (const mode of Object.keys(ORCHESTRATIONS)) {
    const reply = await client.chat({
      request: { messages: saying(QUESTION), parameters: { max_tokens: OUTPUT_TOKENS_MAX } },
      orchestration: { mode, iterations: 1, candidates: 2 },
    });
    print(`\nPOST /v1/chat, orchestration ${mode}`);
    if (reply.status !== 200) {
      print(`  refused: ${reply.status} ${reply.text}`);
      isGood = false;
      continue;
    }
    const decision = reply.body.decision as unknown as DecisionTold;
    const { stages, why } = decision.orchestration;
    for (const stage of stages) print(`  ${stageLine(stage)}`);
    const nano = (usd: number | undefined) => Math.round((usd ?? 0) * NANO);
    const sum = stages.reduce((total, { cost_usd }) => total + nano(cost_usd), 0);
    const isExact = sum === nano(decision.cost_usd);
    print(`  why: ${why ?? ""}`);
    print(
      `  cost: ${decision.cost_usd ?? "unpriced"}, ${isExact ? "the" : "NOT the"} sum of its stages`,
    );
    isGood &&= isExact && stages.length > 0;
  }
  return isGood;
}

function stageLine(stage: StageTold): string {
  const { role, round, index, model = "nobody", status } = stage;
  const tokens = `${stage.prompt_tokens ?? "?"} + ${stage.completion_tokens ?? "?"} tokens`;
  return `${role} ${round}/${index}: ${model}, ${status}, ${tokens}, ${stage.latency_ms ?? "?"} ms`;
}
