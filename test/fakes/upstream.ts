/**
 * A scripted upstream on loopback: speaks every dialect as strictly as its vendor, records what it was
 * asked, and fails on demand. Tests pace it by promises, not by time.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { type ChatBody, embed, error, json, refuse, type Said, say } from "./upstream-chat.ts";
import { answerMessages, MESSAGES_REFUSALS, messagesError } from "./upstream-messages.ts";
import { answerResponses } from "./upstream-responses.ts";
import { play, type Script } from "./upstream-script.ts";
import { type Memory, newMemory } from "./upstream-strict.ts";

export interface UpstreamOptions {
  /** Served models; a script answers every request for its model. Default: `gpt-test`. */
  readonly models?: Readonly<Record<string, Script>>;
  /** Wanted in `authorization` (Messages: or in `x-api-key`); undefined: none is looked at. */
  readonly apiKey?: string;
  /** Told in the models list as vLLM tells it. */
  readonly contextTokens?: number;
  /** Whether Messages holds threads. Default: they are refused as unsupported. */
  readonly threads?: boolean;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Resolves when the exchange is over: true, the whole answer was written; false, the client left. */
  readonly closed: Promise<boolean>;
  /** Bytes that its connection has taken from the upstream. */
  sent(): number;
}

export interface Upstream {
  readonly port: number;
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Scripts for the next requests to a model, one each; before those of models. */
  next(...scripts: readonly Script[]): void;
  /** The request number `index` (from 0), as soon as it has arrived. */
  arrived(index: number): Promise<RecordedRequest>;
  /** Resolves when no connection is open. */
  deserted(): Promise<void>;
  /** Connections ever made. */
  accepted(): number;
  close(): Promise<void>;
}

export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const models = options.models ?? { "gpt-test": {} };
  const queue: Script[] = [];
  const memory = newMemory();
  const requests: RecordedRequest[] = [];
  const waiting: { index: number; resolve: (request: RecordedRequest) => void }[] = [];
  const sockets = new Set<Socket>();
  const leaving: (() => void)[] = [];
  let accepted = 0;

  const server = createServer(async (req, res) => {
    const closed = new Promise<boolean>((resolve) => {
      res.once("close", () => resolve(res.writableFinished));
    });
    const body = await bodyOf(req).catch(() => undefined);
    if (body === undefined) return;
    const request: RecordedRequest = {
      method: req.method ?? "",
      path: req.url ?? "",
      headers: req.headers as Record<string, string>,
      body,
      closed,
      sent: () => req.socket.bytesWritten,
    };
    requests.push(request);
    for (const { index, resolve } of waiting) {
      if (index < requests.length) resolve(requests[index] ?? request);
    }
    const isAsk = request.method === "POST" && ASKED.has(pathOf(request));
    const script = isAsk ? (queue.shift() ?? scriptOf(body, models)) : {};
    const said = script.said ?? answerTo(request, { options, models, script, memory });
    await play(res, said, script);
  });
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const resolve of leaving.splice(0)) resolve();
    });
  });
  const port = await listen(server);
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    next: (...scripts) => void queue.push(...scripts),
    arrived: (index) =>
      new Promise((resolve) => {
        const known = requests[index];
        if (known) resolve(known);
        else waiting.push({ index, resolve });
      }),
    deserted: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else leaving.push(resolve);
      }),
    accepted: () => accepted,
    close: () => {
      const done = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return done;
    },
  };
}

/** A port on which nobody listens: a connection is refused. */
export async function closedPort(): Promise<number> {
  const server = createNetServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: Server | ReturnType<typeof createNetServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function scriptOf(body: string, models: Readonly<Record<string, Script>>): Script {
  const model = parsed(body)?.model;
  return typeof model === "string" && Object.hasOwn(models, model) ? (models[model] ?? {}) : {};
}

const ASKED: ReadonlySet<string> = new Set([
  "/v1/chat/completions",
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/v1/responses",
  "/v1/embeddings",
]);

function pathOf({ path }: RecordedRequest): string {
  return path.split("?")[0] ?? path;
}

interface Given {
  readonly options: UpstreamOptions;
  readonly models: Readonly<Record<string, Script>>;
  readonly script: Script;
  readonly memory: Memory;
}

function answerTo(request: RecordedRequest, given: Given): Said {
  const { apiKey, contextTokens } = given.options;
  const { method, headers } = request;
  const path = pathOf(request);
  const names = Object.keys(given.models);
  const isMessages = path.startsWith("/v1/messages");
  const isBearer = headers.authorization === `Bearer ${apiKey}`;
  if (apiKey !== undefined && !isBearer && !(isMessages && headers["x-api-key"] === apiKey)) {
    if (isMessages) return MESSAGES_REFUSALS.unauthorized;
    return json(401, {
      error: { message: "Incorrect API key provided.", code: "invalid_api_key" },
    });
  }
  if (method === "GET" && path === "/v1/models") {
    const data = names.map((id) => ({ id, object: "model", max_model_len: contextTokens }));
    return json(200, { object: "list", data });
  }
  if (method !== "POST" || !ASKED.has(path)) return json(404, { detail: "Not Found" });
  const type = "invalid_request_error";
  const refused = (status: number, message: string) =>
    isMessages ? messagesError(status, { type, message }) : error(status, { message, type });
  if (!headers["content-type"]?.startsWith("application/json")) {
    return refused(415, "Unsupported media type.");
  }
  const value = parsed(request.body);
  if (!value) return refused(400, "We could not parse the JSON body of your request.");
  return answerBody(value, { path, headers, given });
}

function answerBody(
  body: Record<string, unknown>,
  { path, headers, given }: { path: string; headers: RecordedRequest["headers"]; given: Given },
): Said {
  const { memory, script, options } = given;
  const models = Object.keys(given.models);
  const text = script.says?.(JSON.stringify(body)) ?? script.text;
  switch (path) {
    case "/v1/messages":
    case "/v1/messages/count_tokens": {
      const isCount = path.endsWith("count_tokens");
      const threads = options.threads ?? false;
      return answerMessages({ headers, body, models, memory, threads, isCount, text });
    }
    case "/v1/responses":
      return answerResponses({ body, models, memory, text });
    case "/v1/embeddings":
      return embed(body, models);
    default:
      return refuse(body, models) ?? say(body as unknown as ChatBody, text);
  }
}
