/**
 * `npm run try:real -- BASE_URL MODEL`: a chat and a stream through a gateway of its own against any
 * OpenAI-compatible server, and what the gateway asked, considered, chose and answered. With `--kill PID`
 * that server is killed, and the next request shows who answers instead.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { networkOf, normalBaseUrl } from "../src/base-url.ts";
import { privateEndpoints } from "../src/registry.ts";
import { clientOf, saying } from "../test/fakes/client.ts";
import { HOMES, type HomeName } from "../test/fakes/homes.ts";
import { rowsOf } from "../test/fakes/registry.ts";
import { tryModes } from "./try-real-modes.ts";
import { type Answered, chatAnswer, report, streamAnswer } from "./try-real-report.ts";

/** One server to ask. */
export interface Server {
  readonly baseUrl: string;
  /** The server's own name for the model. */
  readonly model: string;
  /** Environment variable that holds its key; undefined: none is sent. */
  readonly apiKeyEnv?: string;
}

/** What to try. */
export interface Trial {
  readonly home: HomeName;
  readonly first: Server;
  /** undefined: the simulated provider. */
  readonly second: Server | undefined;
  /** Ends the first server, to see the second one answer; undefined: nobody is ended. */
  readonly endFirst?: () => Promise<void>;
  /** Every orchestration too? */
  readonly modes?: boolean;
  readonly print: (line: string) => void;
}

const QUESTION = "What is the capital of France?";
const OUTPUT_TOKENS_MAX = 64;
/** Ability counts most in it, so that the server under test is preferred whatever it costs. */
const POLICY = { mode: "high_confidence" };

/** Runs the trial; false: some request was not answered, or not as announced. */
export async function tryReal({
  home,
  first,
  second,
  endFirst,
  modes,
  print,
}: Trial): Promise<boolean> {
  const sections = sectionsOf(first, second);
  const rows = rowsOf(sections);
  const gateway = await HOMES[home]({
    rows,
    env: {
      ...credentialsOf(first),
      TOKENHUB_PRIVATE_EGRESS: privateEndpoints(rows.providers).join(","),
    },
  });
  try {
    print(`Gateway: ${HOME_TITLES[home]} at ${gateway.url}. Its registry:\n`);
    print(indent(stringify(sections, { flowCollectionPadding: true })));
    const client = clientOf(gateway);
    const chat = async () => {
      const parameters = { max_tokens: OUTPUT_TOKENS_MAX };
      const request = { messages: saying(QUESTION), parameters };
      return chatAnswer(await client.chat({ request, policy: POLICY }));
    };
    const stream = async () => {
      const body = { model: "tokenhub/auto", messages: saying(QUESTION), stream: true };
      const tokenhub = { policy: POLICY, include_decision: true };
      const asked = { ...body, max_tokens: OUTPUT_TOKENS_MAX, tokenhub };
      return streamAnswer(await client.complete(asked));
    };
    const show = async (title: string, ask: () => Promise<Answered>, provider: string) => {
      const startedAtMs = performance.now();
      const answered = await ask();
      const asked = { title, question: QUESTION, tookMs: performance.now() - startedAtMs };
      for (const line of report(asked, answered)) print(line);
      return answered.provider === provider;
    };
    const results = [
      await show("POST /v1/chat", chat, FIRST),
      await show("POST /v1/chat/completions, as a stream", stream, FIRST),
    ];
    if (modes) results.push(await tryModes(client, print));
    if (endFirst) {
      await endFirst();
      print("\nThe first server is gone now.");
      results.push(await show("POST /v1/chat, after that", chat, SECOND));
    }
    return results.every(Boolean);
  } finally {
    await gateway.stop();
  }
}

const FIRST = "first";
const SECOND = "second";
const HOME_TITLES = {
  node: "self-hosted",
  edge: "Worker in workerd",
} as const satisfies Record<HomeName, string>;

const SIMULATED = {
  provider: { id: SECOND, type: "simulated" },
  name: "simulated/small",
  price: { pricing: { input_per_1k: 0.0001, output_per_1k: 0.0004 } },
};

/** The registry as a config file would write it. */
function sectionsOf(first: Server, second: Server | undefined) {
  const { provider, name, price } = second
    ? { provider: providerOf(SECOND, second), name: second.model, price: priceOf(second) }
    : SIMULATED;
  return {
    providers: [providerOf(FIRST, first), provider],
    models: [
      { id: first.model, provider_id: FIRST, weight: 8, ...priceOf(first) },
      {
        // The same model at both servers is two models here, so that their weights can differ.
        id: name === first.model ? `${name}@${SECOND}` : name,
        provider_id: SECOND,
        upstream_name: name,
        weight: 4,
        ...price,
      },
    ],
  };
}

function providerOf(id: string, { baseUrl, apiKeyEnv }: Server) {
  const credential = apiKeyEnv === undefined ? {} : { env_key_name: apiKeyEnv };
  return { id, type: isOwn(baseUrl) ? "vllm" : "openai", base_url: baseUrl, ...credential };
}

/** A server of one's own costs nothing; what a vendor's costs, the price list tells. */
function priceOf({ baseUrl }: Server) {
  return isOwn(baseUrl) ? { pricing: { input_per_1k: 0, output_per_1k: 0 } } : {};
}

function isOwn(baseUrl: string): boolean {
  return networkOf(normalBaseUrl(baseUrl) ?? baseUrl) === "private";
}

function credentialsOf({ apiKeyEnv }: Server): Record<string, string> {
  if (apiKeyEnv === undefined) return {};
  const key = process.env[apiKeyEnv];
  if (!key) throw new Error(`The environment has no ${apiKeyEnv}.`);
  return { [apiKeyEnv]: key };
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "  ");
}

/** Kills the process and waits until nothing answers at its address any more. */
async function kill(pid: number, baseUrl: string): Promise<void> {
  process.kill(pid, "SIGKILL");
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      await fetch(baseUrl);
    } catch {
      return;
    }
    await sleep(100);
  }
  throw new Error(`Process ${pid} was killed, but ${baseUrl} still answers: is it another one?`);
}

async function main(argv: readonly string[]): Promise<boolean> {
  const command = new Command("npm run try:real --")
    .description("a chat and a stream against an OpenAI-compatible server, with the decision")
    .argument("<base-url>", "for example http://127.0.0.1:8000/v1")
    .argument("<model>", "the server's own name for it")
    .option("--api-key-env <name>", "environment variable that holds the server's key")
    .option("--second <base-url-and-model...>", "the second provider (default: a simulated one)")
    .option("--modes", "every orchestration too")
    .option("--edge", "the Worker in workerd instead of the self-hosted gateway")
    .option("--kill <pid>", "kill this process, which must be the server, and ask again", pidOf)
    .parse(argv, { from: "user" });
  const [baseUrl = "", model = ""] = command.args;
  const options = command.opts<{
    apiKeyEnv?: string;
    second?: string[];
    edge?: boolean;
    modes?: boolean;
    kill?: number;
  }>();
  const [secondUrl, secondModel, ...rest] = options.second ?? [];
  const isSecond = secondUrl !== undefined && secondModel !== undefined;
  if (options.second && (!isSecond || rest.length > 0)) {
    command.error("error: --second takes a base URL and a model");
  }
  const pid = options.kill;
  return tryReal({
    home: options.edge ? "edge" : "node",
    first: { baseUrl, model, apiKeyEnv: options.apiKeyEnv },
    second: isSecond ? { baseUrl: secondUrl, model: secondModel } : undefined,
    endFirst: pid === undefined ? undefined : () => kill(pid, baseUrl),
    modes: options.modes,
    print: (line) => console.log(line),
  });
}

function pidOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the id of a process.");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const good = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(`try:real: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  });
  process.exit(good ? 0 : 1);
}
