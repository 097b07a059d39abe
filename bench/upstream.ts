/** The upstream of the benchmark: OpenAI-shaped answers of about 1 KB, and paced streams. Prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BENCH_DIALECTS } from "./dialects.ts";

const FILL = "The quick brown fox jumps over the lazy dog. ".repeat(18);
const ANSWER = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "bench-upstream",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: FILL },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 300, completion_tokens: 180, total_tokens: 480 },
});

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (part: Buffer) => chunks.push(part));
  req.on("end", () => {
    const [, kind, count, everyMs] = (req.headers["x-bench"] ?? modelOf(chunks))
      .toString()
      .split("-");
    if (kind !== "stream") {
      res.writeHead(200, { "content-type": "application/json" });
      res.end(ANSWER);
      return;
    }
    const dialect =
      Object.values(BENCH_DIALECTS).find(({ path }) => req.url?.endsWith(path)) ??
      BENCH_DIALECTS.chat;
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write(dialect.opening + dialect.content(0));
    let left = Number(count) - 1;
    const pace = setInterval(() => {
      if (left > 0) {
        res.write(dialect.content(Number(count) - left));
        left -= 1;
      } else {
        clearInterval(pace);
        res.end(dialect.closing(Number(count)));
      }
    }, Number(everyMs));
    res.on("close", () => clearInterval(pace));
  });
});

/** The model's name says what is wanted: `bench-whole`, `bench-stream-COUNT-EVERYMS`. */
function modelOf(chunks: readonly Buffer[]): string {
  const head = Buffer.concat(chunks).subarray(0, 200).toString("latin1");
  return /"model":\s*"([^"]+)"/.exec(head)?.[1] ?? "";
}

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
