/**
 * Headless coding assistants through a gateway, before a scripted upstream of every dialect: each must write a file
 * and read it again by two tool calls. Not part of `npm test`: the assistants are programs of their own.
 *
 *     npm install --prefix /somewhere @anthropic-ai/claude-code @openai/codex
 *     node test/clients/assistants/assistants.ts /somewhere/node_modules/.bin
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { start } from "../../../bench/process.ts";
import type { Conversation, Part, Reply } from "../../../src/conversation.ts";
import { LIMITS } from "../../../src/limits.ts";
import { WIRES } from "../../../src/wire/index.ts";
import { parseDocument } from "../../../src/wire/json.ts";
import { eventsOf } from "../../fakes/replies.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const BIN = process.argv[2] ?? "node_modules/.bin";
const HOME = mkdtempSync(path.join(tmpdir(), "tokenhub-assistants-"));
const ASSISTANT_TIMEOUT_MS = 60_000;
const TASK = "Write the word tokenhub to hello.txt, then print the file.";
const COMMANDS = ["printf tokenhub > hello.txt", "cat hello.txt"];
const DIALECTS = ["openai", "anthropic", "responses"] as const;

/** What went wrong at the upstream; a refusal there is a bad translation. */
const refused: string[] = [];

/** The next tool call, by how many results the conversation already holds; then a text. */
function brain(asked: Conversation): Reply {
  const shell = asked.tools.find(
    (tool) => tool.kind === "function" && ["Bash", "exec_command"].includes(tool.name),
  );
  const parts = asked.turns.flatMap((turn) => turn.parts);
  const done = parts.filter(({ kind }) => kind === "result").length;
  const command = COMMANDS[done];
  const finish = shell?.kind === "function" && command !== undefined ? "calls" : "stop";
  const said: Part[] =
    shell?.kind === "function" && command !== undefined
      ? [
          {
            kind: "call",
            id: `call_${done}`,
            name: shell.name,
            input: JSON.stringify(
              shell.name === "Bash" ? { command, description: "Runs it" } : { cmd: command },
            ),
            custom: false,
          },
        ]
      : [{ kind: "text", text: "The file says tokenhub." }];
  const usage = {
    promptTokens: 100,
    completionTokens: 10,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  };
  return {
    id: undefined,
    parts: said,
    finish,
    stopSequence: undefined,
    usage,
    logprobs: undefined,
  };
}

const upstream = createServer(async (req, res) => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const wire = DIALECTS.map((dialect) => WIRES[dialect]).find(({ path: at }) =>
    req.url?.split("?")[0]?.endsWith(at),
  );
  if (!wire?.codec) return void res.writeHead(404).end('{"error":{"message":"no such route"}}');
  try {
    const request = wire.readRequest(parseDocument(Buffer.concat(chunks), LIMITS));
    const reply = brain(wire.codec.readConversation(request));
    const context = replyContext({ usageWanted: true, request });
    if (!request.facts.stream) {
      res.writeHead(200, { "content-type": "application/json" });
      return void res.end(JSON.stringify(wire.codec.writeReply(reply, context)));
    }
    res.writeHead(200, { "content-type": "text/event-stream" });
    const writer = wire.codec.createWriter(context);
    for (const event of eventsOf(reply, { pieceChars: 7 })) res.write(writer.write(event));
    res.end();
  } catch (error) {
    refused.push(`${wire.dialect}: ${error instanceof Error ? error.message : error}`);
    res.writeHead(400, { "content-type": "application/json" });
    res.end('{"error":{"message":"refused","type":"invalid_request_error"}}');
  }
});
await new Promise<void>((go) => upstream.listen(0, "127.0.0.1", go));
const port = (upstream.address() as AddressInfo).port;

const KINDS = {
  openai: "type: openai",
  anthropic: "type: anthropic",
  responses: "type: openai, dialects: [responses]",
};
writeFileSync(
  path.join(HOME, "config.yaml"),
  `providers:
${DIALECTS.map((id) => `  - { id: ${id}, ${KINDS[id]}, base_url: "http://127.0.0.1:${port}/v1", credential_source: none }`).join("\n")}
models:
${DIALECTS.map((id) => `  - { id: m-${id}, provider_id: ${id}, weight: 5, max_context_tokens: 400000, capabilities: [tools, vision, json_schema, reasoning], pricing: { input_per_1k: 0, output_per_1k: 0 } }`).join("\n")}
`,
);
const gateway = await start("self-hosted/server.ts", {
  env: {
    TOKENHUB_CONFIG: path.join(HOME, "config.yaml"),
    TOKENHUB_DATA_DIR: HOME,
    TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
    TOKENHUB_LOG_LEVEL: "warn",
  },
  ready: /Tokenhub answers at http:\/\/127\.0\.0\.1:(\d+)[\s\S]*Try it/,
});
const key = readFileSync(path.join(HOME, "quick-start-key"), "utf8").trim();
const url = `http://127.0.0.1:${gateway.port}`;

interface Assistant {
  readonly args: (model: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ASSISTANTS: Readonly<Record<string, Assistant>> = {
  claude: {
    args: (model) => ["-p", TASK, "--model", model, "--allowedTools", "Bash", "Write", "Read"],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    },
  },
  codex: {
    args: (model) => [
      ...["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "-m", model],
      ...["-c", 'model_provider="tokenhub"'],
      ...[
        "-c",
        `model_providers.tokenhub={name="tokenhub",base_url="${url}/v1",wire_api="responses",env_key="TOKENHUB_KEY"}`,
      ],
      TASK,
    ],
    env: { CODEX_HOME: path.join(HOME, "codex"), TOKENHUB_KEY: key },
  },
};

function run(
  name: string,
  model: string,
): Promise<{ code: unknown; output: string; folder: string }> {
  const assistant = ASSISTANTS[name];
  const folder = mkdtempSync(path.join(HOME, `${name}-`));
  mkdirSync(path.join(HOME, "codex"), { recursive: true });
  return new Promise((resolve) => {
    const child = execFile(
      path.join(BIN, name),
      [...(assistant?.args(model) ?? [])],
      {
        cwd: folder,
        timeout: ASSISTANT_TIMEOUT_MS,
        env: { PATH: process.env.PATH, HOME, ...assistant?.env },
      },
      (error, out, err) =>
        resolve({ code: error ? (error.code ?? error.signal) : 0, output: out + err, folder }),
    );
    child.stdin?.end();
  });
}

let failures = 0;
for (const name of Object.keys(ASSISTANTS)) {
  for (const dialect of DIALECTS) {
    refused.length = 0;
    const { code, output, folder } = await run(name, `m-${dialect}`);
    const file = path.join(folder, "hello.txt");
    const wrote = existsSync(file) && readFileSync(file, "utf8") === "tokenhub";
    const good =
      code === 0 && wrote && output.includes("The file says tokenhub.") && !refused.length;
    if (!good) failures += 1;
    console.log(good ? "ok  " : "FAIL", name, "before a provider of", dialect);
    if (!good) console.log({ code, wrote, refused, output: output.slice(-1_500) });
  }
}
await gateway.stop();
upstream.close();
process.exit(failures > 0 ? 1 : 0);
