/** The upstream of the benchmark: OpenAI-shaped answers of about 1 KB, and paced streams. Prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

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

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  const head = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_700_000_000 };
  return `data: ${JSON.stringify({ ...head, model: "bench-upstream", choices })}\n\n`;
}

const CONTENT = chunk({ content: "token and a bit of text " }, null);
const LAST = `${chunk({}, "stop")}data: ${JSON.stringify({ id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_700_000_000, model: "bench-upstream", choices: [], usage: { prompt_tokens: 300, completion_tokens: 180, total_tokens: 480 } })}\n\ndata: [DONE]\n\n`;

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
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write(CONTENT);
    let left = Number(count) - 1;
    const pace = setInterval(() => {
      if (left > 0) {
        left -= 1;
        res.write(CONTENT);
      } else {
        clearInterval(pace);
        res.end(LAST);
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
