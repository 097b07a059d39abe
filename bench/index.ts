/**
 * `npm run bench`: CPU per request and per stream chunk beside the floor, in one run, interleaved; many streams
 * at once; then each door before each dialect of provider; what a budget costs; how soon the admin page is there.
 * `npm run bench -- quick` shortens everything, `-- pairs`, `-- money`, `-- page` run one table only. Absolute figures belong to this machine; the ratios are what to compare.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqlite } from "../self-hosted/sqlite.ts";
import { makeKey, unlimitedKey } from "../src/key.ts";
import { createStore } from "../src/store/store.ts";
import { bodyOf, streams, type Target, whole } from "./load.ts";
import { compareMoney } from "./money.ts";
import { timePage } from "./page.ts";
import { comparePairs, PAIR_MODELS } from "./pairs.ts";
import { type Program, start } from "./process.ts";
import { printPurse } from "./purse.ts";

const QUICK = process.argv.includes("quick");
/** Tables that can be asked for by themselves; none is named: all, and those that have no name. */
const TABLES = ["pairs", "money", "page"] as const;
const ONLY = TABLES.filter((name) => process.argv.includes(name));
const wants = (name: (typeof TABLES)[number]) => ONLY.length === 0 || ONLY.includes(name);
const ROUNDS = QUICK ? 1 : 3;
const WIDTH = 32;

interface Side {
  readonly name: string;
  readonly program: Program;
  readonly target: Target;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function startAll(dataDir: string) {
  const upstream = await start("bench/upstream.ts", { ready: /port (\d+)/ });
  const floor = await start("bench/floor.ts", {
    args: [String(upstream.port)],
    ready: /port (\d+)/,
  });
  const names = ["bench-whole", "bench-stream-100-20", "bench-stream-40-200"];
  writeFileSync(
    path.join(dataDir, "config.yaml"),
    `providers:
  - { id: bench, type: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", credential_source: none }
  - { id: chat, type: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", credential_source: none }
  - { id: messages, type: anthropic, base_url: "http://127.0.0.1:${upstream.port}/v1", credential_source: none }
  - { id: responses, type: openai, dialects: [responses], base_url: "http://127.0.0.1:${upstream.port}/v1", credential_source: none }
models:
${PAIR_MODELS.map(({ id, provider }) => `  - { id: ${id}, provider_id: ${provider}, upstream_name: bench-${id.slice(provider.length + 1)}, weight: 5, max_context_tokens: 200000, pricing: { input_per_1k: 0.001, output_per_1k: 0.002 } }`).join("\n")}
${names.map((id) => `  - { id: ${id}, provider_id: bench, weight: 5, max_context_tokens: 200000, pricing: { input_per_1k: 0.001, output_per_1k: 0.002 } }`).join("\n")}
`,
  );
  const tokenhub = await start("self-hosted/server.ts", {
    env: {
      TOKENHUB_CONFIG: path.join(dataDir, "config.yaml"),
      TOKENHUB_DATA_DIR: dataDir,
      TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
      TOKENHUB_LOG_LEVEL: "warn",
    },
    ready: /Tokenhub answers at http:\/\/127\.0\.0\.1:(\d+)[\s\S]*Try it/,
  });
  const key = readFileSync(path.join(dataDir, "quick-start-key"), "utf8").trim();
  const side = (name: string, program: Program): Side => ({
    name,
    program,
    target: { port: program.port, key },
  });
  return { upstream, floor: side("floor", floor), tokenhub: side("tokenhub", tokenhub) };
}

/** Makes a key with every kind of limit, none of which is met, beside the running gateway. */
async function budgetedKey(dataDir: string): Promise<string> {
  const sqlite = openSqlite(path.join(dataDir, "tokenhub.db"));
  const limits = { budgetDayNanoUsd: 1e15, budgetMonthNanoUsd: 1e15, rpm: 1e9, tpm: 1e12 };
  const made = makeKey((n) => randomBytes(n));
  const record = unlimitedKey(made, { name: "budgeted", createdAtMs: Date.now() });
  await createStore(sqlite).putKey({ ...record, ...limits, concurrency: 1_000 });
  sqlite.close();
  return made.key;
}

/** CPU ms of the program per unit, for work that makes `units` of them. */
async function cpuPer(side: Side, units: number, work: () => Promise<unknown>): Promise<number> {
  const before = side.program.cpuMs();
  await work();
  return (side.program.cpuMs() - before) / units;
}

interface Row {
  readonly what: string;
  readonly body: string;
  readonly units: number;
  readonly work: (side: Side) => Promise<unknown>;
}

function rows(): Row[] {
  const requests = (what: string, bytes: number, count: number): Row => {
    const body = bodyOf("bench-whole", bytes);
    return {
      what,
      body,
      units: count,
      work: (s) => whole(s.target, { body, count, width: WIDTH }),
    };
  };
  const streamBody = bodyOf("bench-stream-100-20", 1_000);
  const open = QUICK ? 100 : 300;
  return [
    requests("request of 1 KB, CPU ms", 1_000, QUICK ? 4_000 : 15_000),
    requests("request of 100 KB, CPU ms", 100_000, QUICK ? 800 : 3_000),
    {
      what: `1 000 stream chunks (${open} streams), CPU ms`,
      body: streamBody,
      units: (open * 100) / 1_000,
      work: (s) => streams(s.target, { body: streamBody, count: open, spreadMs: 1_000 }),
    },
  ];
}

async function compare(sides: readonly Side[]): Promise<void> {
  // Node's optimising compiler needs seconds of load before CPU per request settles.
  for (const side of sides) {
    for (const row of rows()) await row.work(side);
  }
  console.log("| | floor | tokenhub | ratio |\n|---|---|---|---|");
  for (const row of rows()) {
    const seen = new Map<string, number[]>(sides.map((side) => [side.name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of sides) {
        seen.get(side.name)?.push(await cpuPer(side, row.units, () => row.work(side)));
      }
    }
    const [floor = 0, tokenhub = 0] = sides.map(({ name }) => median(seen.get(name) ?? []));
    const ratio = (tokenhub / floor).toFixed(2);
    console.log(`| ${row.what} | ${floor.toFixed(4)} | ${tokenhub.toFixed(4)} | ${ratio} |`);
  }
}

async function manyStreams(sides: readonly Side[], upstream: Program): Promise<void> {
  const count = QUICK ? 500 : 2_000;
  const load = { body: bodyOf("bench-stream-40-200", 1_000), count, spreadMs: 4_000 };
  console.log(`\n| ${count} streams at once | TTFT p50 ms | p99 | events | complete | RSS MiB |`);
  console.log("|---|---|---|---|---|---|");
  const direct = { name: "direct", program: upstream, target: { port: upstream.port, key: "" } };
  for (const side of [direct, ...sides]) {
    let rss = 0;
    const watch = setInterval(() => {
      rss = Math.max(rss, side.program.rssMiB());
    }, 200);
    const { ttftMs, events, complete } = await streams(side.target, load);
    clearInterval(watch);
    const at = (q: number) => (ttftMs[Math.floor(ttftMs.length * q)] ?? Number.NaN).toFixed(1);
    const told = [
      side.name,
      at(0.5),
      at(0.99),
      `${events}/${count * 40}`,
      complete,
      rss.toFixed(0),
    ];
    console.log(`| ${told.join(" | ")} |`);
  }
}

const dataDir = mkdtempSync(path.join(tmpdir(), "tokenhub-bench-"));
const { upstream, floor, tokenhub } = await startAll(dataDir);
try {
  if (ONLY.length === 0) {
    await import("./routing.ts");
    await printPurse();
    console.log("");
    await compare([floor, tokenhub]);
    await manyStreams([floor, tokenhub], upstream);
  }
  if (wants("pairs")) {
    await comparePairs({ floor, tokenhub, open: QUICK ? 100 : 300, rounds: QUICK ? 1 : 2 });
  }
  const { target: unlimited, program } = tokenhub;
  const kept: boolean[] = [];
  if (wants("money")) {
    const budgeted = { ...unlimited, key: await budgetedKey(dataDir) };
    kept.push(await compareMoney({ program, unlimited, budgeted, quick: QUICK }));
  }
  if (wants("page")) kept.push(await timePage(`http://127.0.0.1:${program.port}`, QUICK));
  if (kept.includes(false)) process.exitCode = 1;
} finally {
  await Promise.all([floor, tokenhub].map((side) => side.program.stop()));
  await upstream.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
