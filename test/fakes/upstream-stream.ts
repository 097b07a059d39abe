/** Good OpenAI streams made from a seed: text, reasoning, tools, line ends, comments, any split into pieces. */
import { seeded } from "./seeded.ts";

export interface GeneratedStream {
  /** Every frame, `[DONE]` included, as the upstream writes it. */
  readonly frames: readonly string[];
  /** The same bytes in pieces that respect nothing. */
  readonly pieces: readonly Uint8Array[];
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly finish: "stop" | "length" | "tool_calls";
}

const WORDS = ["the ", "fjord ", "blå ", "雪", "🏔️ ", '"quoted" ', "line\nbreak ", "data: ", "\\n "];

/** The same seed gives the same stream. */
export function generateStream(seed: number, model = "gpt-test"): GeneratedStream {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const words = (most: number) =>
    Array.from({ length: below(most) + 1 }, () => pick(WORDS, random));
  const withTools = random() < 0.3;
  const reasoning = random() < 0.3 ? words(8) : [];
  const text = withTools && random() < 0.5 ? [] : words(20);
  const calls = withTools
    ? Array.from({ length: below(2) + 1 }, (_, at) => ({
        name: `tool_${at}`,
        arguments: JSON.stringify({ city: pick(WORDS, random), day: below(7) }),
      }))
    : [];
  const finish = withTools ? "tool_calls" : random() < 0.2 ? "length" : "stop";
  const deltas: object[] = [
    { role: "assistant", content: random() < 0.5 ? "" : null },
    ...reasoning.map((word) => ({ reasoning_content: word })),
    ...text.map((word) => ({ content: word })),
    ...calls.flatMap((call, index) =>
      callDeltas(call, { index, cut: below(call.arguments.length) }),
    ),
  ];
  const end = random() < 0.4 ? "\r\n" : "\n";
  const head = { id: `chatcmpl-${seed}`, object: "chat.completion.chunk", created: 1, model };
  const event = (rest: object) => `data: ${JSON.stringify({ ...head, ...rest })}${end}${end}`;
  const frames = deltas.flatMap((delta) => [
    ...(random() < 0.05 ? [`: keep-alive${end}${end}`] : []),
    event({ choices: [{ index: 0, delta, finish_reason: null }] }),
  ]);
  frames.push(event({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }));
  const usage = {
    prompt_tokens: 7,
    completion_tokens: deltas.length,
    total_tokens: 7 + deltas.length,
  };
  if (random() < 0.7) frames.push(event({ choices: [], usage }));
  frames.push(`data: [DONE]${end}${end}`);
  const pieces = split(new TextEncoder().encode(frames.join("")), random);
  return { frames, pieces, text: text.join(""), reasoning: reasoning.join(""), calls, finish };
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

function callDeltas(
  call: { name: string; arguments: string },
  { index, cut }: { index: number; cut: number },
): object[] {
  const opening = { name: call.name, arguments: "" };
  const id = `call_${index}`;
  return [
    { tool_calls: [{ index, id, type: "function", function: opening }] },
    { tool_calls: [{ index, function: { arguments: call.arguments.slice(0, cut) } }] },
    { tool_calls: [{ index, function: { arguments: call.arguments.slice(cut) } }] },
  ];
}

/** Some streams come in one piece, some byte by byte, most in between. */
function split(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const most = 1 + Math.floor(random() ** 3 * bytes.length);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * most);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
