/** Streams of every dialect broken at a random byte, and what a client must hear of them, told by other means. */
import type { ChatDoor, DOORS } from "./doors.ts";
import { type HeardStream, heardStream } from "./heard.ts";
import { seeded } from "./seeded.ts";
import { frame } from "./upstream-chat.ts";
import type { Script } from "./upstream-script.ts";
import { answerOf } from "./vendor-answers.ts";

/** Each takes its turn. */
const FAULTS = ["end", "drop", "error-event", "reset", "garbage", "stall"] as const;
const GARBAGE = '\u0000}{\n\ndata: {"choices":[{\n\n\ufffddata: nonsense\n\n';
const CHAT_ERROR = frame('{"error":{"message":"Internal failure.","type":"server_error"}}');
const WORDS = ["the ", "fjord ", "blå ", "雪", "🏔️ ", '"quoted" ', "line\nbreak ", "data: ", "\\n "];
const LINE_ENDS = ["\n", "\r\n", "\r"];

const encoder = new TextEncoder();

/** A stream as an upstream of this dialect delivers it. */
export interface BrokenStream {
  readonly fault: (typeof FAULTS)[number];
  readonly script: Script;
  /** All that can be heard of it: the answer up to its fault. */
  readonly heard: HeardStream;
}

/** The same seed gives the same stream; six seeds in a row give every fault. */
export function brokenStream(dialect: ChatDoor, seed: number): BrokenStream {
  const random = seeded(seed ^ 0x2f6e2b1);
  const fault = FAULTS[seed % FAULTS.length] ?? "end";
  const { frames, errorFrame = CHAT_ERROR } = answerOf(
    dialect,
    {
      model: "up",
      stream: true,
      // A third of them calls two tools.
      ...(random() < 0.33
        ? { text: "Twice, twice.", tools: ["weather", "clock"] }
        : { text: "Hello?" }),
    },
    wordsOf(random),
  );
  const lineEnd = LINE_ENDS[Math.floor(random() * LINE_ENDS.length)] ?? "\n";
  const whole = encoder.encode(frames.join("").replaceAll("\n", lineEnd));
  // Mostly late, since little is said in the first half; now and then too late to matter.
  const cutAt = random() < 0.1 ? whole.length : Math.floor(random() ** 0.5 * whole.length);
  const added = { "error-event": `\n\n${errorFrame}`, garbage: GARBAGE }[fault as string] ?? "";
  const bytes = new Uint8Array([...whole.subarray(0, cutAt), ...encoder.encode(added)]);
  const pieces = split(bytes, random);
  return {
    fault,
    script: { pieces, ...faultOf(fault, bytes.length) },
    heard: heardStream(dialect, readable(new TextDecoder().decode(bytes))),
  };
}

function wordsOf(random: () => number): string {
  const count = 1 + Math.floor(random() * 20);
  const pick = () => WORDS[Math.floor(random() * WORDS.length)] ?? "";
  return `${Array.from({ length: count }, pick).join("")}end`;
}

/** How the connection goes on after the last byte. */
function faultOf(fault: BrokenStream["fault"], atByte: number): Pick<Script, "fault"> {
  if (fault === "drop" || fault === "reset" || fault === "stall") {
    return { fault: { kind: fault, atByte } };
  }
  return {};
}

function split(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const most = 1 + Math.floor(random() ** 2 * bytes.length);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * most);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** The complete events whose data are a JSON object, or the end of a chat. */
function readable(text: string): string {
  const blocks = text.replaceAll(/\r\n?/g, "\n").split("\n\n").slice(0, -1);
  const good = blocks.filter((block) => {
    const data = block
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => line.slice("data: ".length))
      .join("\n");
    return data === "[DONE]" || isObject(data);
  });
  return good.map((block) => `${block}\n\n`).join("");
}

function isObject(data: string): boolean {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether anything was said that a client can see. */
export function saidSomething({ text, calls, finish }: HeardStream): boolean {
  return text !== "" || calls.length > 0 || finish !== "";
}

/** Door → what its error event must hold. */
export const STREAM_ERRORS = {
  openai: { error: { code: "upstream_error", type: "api_error" } },
  anthropic: { type: "error", error: { type: "api_error" } },
  responses: { type: "error", code: "upstream_error" },
} as const satisfies Record<keyof typeof DOORS, object>;
