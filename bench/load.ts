/** Load from this process: whole answers at a fixed concurrency, and many streams at once. */
import { Pool } from "undici";
import { BENCH_DIALECTS, type BenchDialect } from "./dialects.ts";

/** Where to send, and with which key. */
export interface Target {
  readonly port: number;
  readonly key: string;
}

/** A chat body of about this size whose model asks the upstream for what is wanted. */
export function bodyOf(model: string, bytes: number): string {
  const stream = model.startsWith("bench-stream");
  const shell = { model, messages: [{ role: "user", content: "" }], stream };
  const fill = "Please summarise the following paragraph for me, it matters. ";
  shell.messages[0] = { role: "user", content: fill.repeat(Math.ceil(bytes / fill.length)) };
  return JSON.stringify(shell);
}

function request(target: Target, body: string, path = "/chat/completions") {
  return {
    path: `/v1${path}`,
    method: "POST" as const,
    headers: { "content-type": "application/json", authorization: `Bearer ${target.key}` },
    body,
  };
}

/** Sends `count` requests with `width` in flight. @throws Error at the first answer that is not 200. */
export async function whole(target: Target, load: { body: string; count: number; width: number }) {
  const pool = new Pool(`http://127.0.0.1:${target.port}`, { connections: load.width });
  let left = load.count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const { statusCode, body } = await pool.request(request(target, load.body));
      const text = await body.text();
      if (statusCode !== 200 || !text.includes("chatcmpl-bench")) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: load.width }, worker));
  await pool.close();
}

/** What many streams at once showed. */
export interface Streamed {
  readonly ttftMs: readonly number[];
  /** Content events that arrived, over all streams. */
  readonly events: number;
  /** Streams that ended with the terminator. */
  readonly complete: number;
}

/** Opens `count` streams, spread over `spreadMs`, and reads them all to their end. */
export async function streams(
  target: Target,
  load: { body: string; count: number; spreadMs: number; dialect?: BenchDialect },
): Promise<Streamed> {
  const { path, mark, end } = load.dialect ?? BENCH_DIALECTS.chat;
  const pool = new Pool(`http://127.0.0.1:${target.port}`, {
    connections: load.count,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const ttftMs: number[] = [];
  let events = 0;
  let complete = 0;
  const one = async (index: number) => {
    await new Promise((go) => setTimeout(go, (index * load.spreadMs) / load.count));
    const sentAtMs = performance.now();
    const { body } = await pool.request(request(target, load.body, path));
    let first = true;
    let ended = false;
    let tail = "";
    for await (const part of body) {
      if (first) ttftMs.push(performance.now() - sentAtMs);
      first = false;
      const text = tail + (part as Buffer).toString("latin1");
      events += text.split(mark).length - 1;
      tail = text.slice(1 - mark.length);
      ended ||= text.includes(end);
    }
    if (ended) complete += 1;
  };
  await Promise.all(Array.from({ length: load.count }, (_, index) => one(index)));
  await pool.close();
  return { ttftMs: ttftMs.sort((a, b) => a - b), events, complete };
}
