/**
 * `npm run bench:orchestration -- FILE`: recorded answers to school arithmetic go through the modes themselves, so
 * that accuracy, price and the modes' own CPU are measured without a model. FILE (or `TOKENHUB_GSM`) is ZeroEval's
 * `gsm` table as JSON lines `{"a": [answer or null], "y": [0 or 1], "c": [USD]}`, one entry for every name in
 * `models` of `zeroeval_answers.models.json` beside it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { modeOf, ORCHESTRATIONS } from "../src/modes/index.ts";
import { AskError, type Mode, type ModeAnswer, type ModeWorld } from "../src/modes/mode.ts";
import { type OrchestrationGiven, resolveOrchestration } from "../src/orchestration.ts";
import { seeded } from "../test/fakes/seeded.ts";

const MODELS_FILE = "zeroeval_answers.models.json";
const [MINI, DEEPSEEK, FLASH, STRONG] = [
  "gpt-4o-mini-2024-07-18",
  "deepseek-v2.5-0908",
  "gemini-1.5-flash",
  "claude-3-5-sonnet-20241022",
] as const;
/** As a catalogue would have them: who wins where nobody agrees. */
const WEIGHTS: Readonly<Record<string, number>> = {
  [STRONG]: 9,
  [DEEPSEEK]: 7,
  [MINI]: 6,
  [FLASH]: 5,
};
const CASCADE_CORRECT_MIN = 0.966;
const CASCADE_USD_PER_1K_MAX = 0.4;
/** Above the best of the three alone. */
const VOTE_GAIN_MIN = 0.01;
const CPU_US_MAX = 300;
const CPU_WARM_UP = 300;
const CPU_RUNS = 3_000;
/** A usual answer of a model, characters. */
const ANSWER_CHARS = 2_000;

interface Prompt {
  readonly ordinal: number;
  readonly a: readonly (string | null)[];
  readonly y: readonly (0 | 1)[];
  /** USD. */
  readonly c: readonly number[];
}

interface Score {
  readonly correct: number;
  readonly usdPer1k: number;
  /** Asks by a prompt. */
  readonly asks: number;
}

function read(): { prompts: readonly Prompt[]; models: readonly string[] } {
  const file = process.argv[2] ?? process.env.TOKENHUB_GSM;
  if (file === undefined) {
    console.error(
      `Name the recorded answers: npm run bench:orchestration -- FILE, or TOKENHUB_GSM=FILE. FILE is ZeroEval's gsm table as JSON lines {"a", "y", "c"}; ${MODELS_FILE} stands beside it.`,
    );
    process.exit(1);
  }
  const { models } = JSON.parse(readFileSync(path.join(path.dirname(file), MODELS_FILE), "utf8"));
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return { prompts: lines.map((line, ordinal) => ({ ...JSON.parse(line), ordinal })), models };
}

const { prompts, models } = read();
const columnOf = (model: string) => models.indexOf(model);

/** How models end an answer, in turn. Who found none writes prose that agrees with nobody. */
const HABITS = [
  (value: string) => `First the parts, then their sum.\n\nThe answer is ${value}.`,
  (value: string) => value,
  (value: string) => `We add what each of them has.\n\n\\[ \\boxed{${value}} \\]`,
  (value: string) => `Step by step: see above.\n#### ${value}`,
];

function wordsOf(prompt: Prompt, column: number): string {
  const value = prompt.a[column] ?? undefined;
  if (value === undefined) {
    return `As model number ${column} I cannot say how many there are, because the question leaves open when each of them was counted.`;
  }
  const habit = HABITS[(column + prompt.ordinal) % HABITS.length] ?? String;
  // The record says 18.0 where models say 18.
  return habit(column % 2 === 0 ? value : value.replace(/\.0$/, ""));
}

/** A world that answers from what was recorded; nobody is there to judge. */
function recorded(prompt: Prompt, asked: string[]): ModeWorld {
  return {
    question: "",
    random: seeded(1),
    after: (_ms, signal) =>
      new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
    async ask({ role, round, index, wishes }): Promise<ModeAnswer> {
      const modelId = wishes[0]?.modelId;
      if (modelId === undefined) throw new AskError("failed", new Error("nobody judges"));
      asked.push(modelId);
      return {
        ...{ role, round, index, modelId, isOpaque: false },
        text: wordsOf(prompt, columnOf(modelId)),
        ...{ family: modelId, weight: WEIGHTS[modelId] ?? 0, providerId: "recorded" },
      };
    },
  };
}

async function replay(mode: Mode, given: OrchestrationGiven): Promise<Score> {
  const options = resolveOrchestration(mode.name, [given]);
  let [correct, usd, asks] = [0, 0, 0];
  for (const prompt of prompts) {
    const asked: string[] = [];
    const { answer } = await mode.run(options, recorded(prompt, asked));
    correct += prompt.y[columnOf(answer.modelId)] ?? 0;
    usd += asked.reduce((sum, model) => sum + (prompt.c[columnOf(model)] ?? 0), 0);
    asks += asked.length;
  }
  const share = 1 / prompts.length;
  return { correct: correct * share, usdPer1k: usd * share * 1_000, asks: asks * share };
}

/** The model alone. */
function alone(model: string): Score {
  const column = columnOf(model);
  const mean = (of: (prompt: Prompt) => number | undefined) =>
    prompts.reduce((sum, prompt) => sum + (of(prompt) ?? 0), 0) / prompts.length;
  return {
    correct: mean(({ y }) => y[column]),
    usdPer1k: 1_000 * mean(({ c }) => c[column]),
    asks: 1,
  };
}

/** A world whose models answer at once: what is left is the mode's own work. */
function instant(text: string): ModeWorld {
  return {
    ...recorded({ ordinal: 0, a: [], y: [], c: [] }, []),
    async ask({ role, round, index }) {
      const words = {
        critic: JSON.stringify({ score: (round + 1) / 10, attacks: ["It is too short."] }),
        judge: '{"ranking": [0, 1, 2], "reason": "It is right."}',
      };
      const said = role === "critic" || role === "judge" ? words[role] : `${text}${role}${index}`;
      return {
        ...{ role, round, index, text: said, isOpaque: false },
        ...{ modelId: role, family: role, weight: 5, providerId: "instant" },
      };
    },
  };
}

/** Own CPU of one stage, microseconds. */
async function cpuUsOf(mode: Mode, text: string): Promise<{ stages: number; stageUs: number }> {
  const options = resolveOrchestration(mode.name, []);
  let stages = 0;
  const run = async () => {
    const world = instant(text);
    const ask: ModeWorld["ask"] = (question) => {
      stages += 1;
      return world.ask(question);
    };
    await mode.run(options, { ...world, ask });
  };
  for (let warm = 0; warm < CPU_WARM_UP; warm += 1) await run();
  stages = 0;
  const before = process.cpuUsage();
  for (let count = 0; count < CPU_RUNS; count += 1) await run();
  const { user, system } = process.cpuUsage(before);
  return { stages: stages / CPU_RUNS, stageUs: (user + system) / stages };
}

const verdict = (isMet: boolean) => (isMet ? "met" : "MISSED");
const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
function row(what: string, { correct, usdPer1k, asks }: Score, told = "") {
  const figures = [percent(correct), usdPer1k.toFixed(3), asks.toFixed(2), told];
  console.log(`| ${[what, ...figures].join(" | ")} |`);
}

const singles = [MINI, DEEPSEEK, FLASH, STRONG].map((model) => ({ model, score: alone(model) }));
const best = Math.max(...singles.slice(0, 3).map(({ score }) => score.correct));
const climbed = await replay(ORCHESTRATIONS.cascade, {
  candidate_model_ids: [MINI, DEEPSEEK],
  primary_model_id: STRONG,
});
const voted = await replay(ORCHESTRATIONS.vote, { candidate_model_ids: [MINI, DEEPSEEK, FLASH] });

console.log(`| ${prompts.length} prompts | correct | USD per 1 000 | asks | target |`);
console.log("|---|---:|---:|---:|---|");
for (const { model, score } of singles) row(model, score);
const isClimbGood =
  climbed.correct >= CASCADE_CORRECT_MIN && climbed.usdPer1k <= CASCADE_USD_PER_1K_MAX;
row(
  "cascade (mini, deepseek, else sonnet)",
  climbed,
  `≥ ${percent(CASCADE_CORRECT_MIN)} at ≤ ${CASCADE_USD_PER_1K_MAX.toFixed(2)}: ${verdict(isClimbGood)}`,
);
row(
  "vote (mini, deepseek, flash)",
  voted,
  `≥ ${percent(best + VOTE_GAIN_MIN)}: ${verdict(voted.correct >= best + VOTE_GAIN_MIN)}`,
);

console.log(`\n| own CPU, answers of ${ANSWER_CHARS} characters | stages | µs a stage | target |`);
console.log("|---|---:|---:|---|");
const text = "A step of some length, as models write it.\n".repeat(ANSWER_CHARS / 43);
for (const name of Object.keys(ORCHESTRATIONS)) {
  const mode = modeOf(name);
  if (!mode) continue;
  const { stages, stageUs } = await cpuUsOf(mode, text);
  const told = `≤ ${CPU_US_MAX}: ${verdict(stageUs <= CPU_US_MAX)}`;
  console.log(`| ${name} | ${stages.toFixed(0)} | ${stageUs.toFixed(1)} | ${told} |`);
}
