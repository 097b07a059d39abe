/** Generated streams broken at a random byte, and what a client must get of them, told by other means. */
import { seeded } from "./seeded.ts";
import { generateStream } from "./upstream-stream.ts";

/** How the connection goes on after the last piece. */
export type Ending = "end" | "reset" | "hang";

/** A stream as an upstream delivers it. */
export interface FaultyStream {
  readonly seed: number;
  readonly fault: "reset" | "end" | "garbage" | "error-event" | "hang";
  readonly pieces: readonly Uint8Array[];
  readonly ending: Ending;
}

/** What reaches the client of such bytes. */
export interface Delivered {
  /** `data` of every event before the fault, with the public model; usage only when it was asked for. */
  readonly data: readonly string[];
  /** Did the success marker come before the fault? */
  readonly complete: boolean;
  /** Did something come that a client can see? */
  readonly hasContent: boolean;
}

const UPSTREAM_MODEL = "gpt-test";
const FAULTS = ["reset", "end", "garbage", "error-event", "hang"] as const;
const GARBAGE = [
  '\u0000}{\n\ndata: {"choices":[{\n\n\ufffddata: nonsense\n\n',
  "\n\n<html>\n\ndata: <p>\n\ndata: 1\n\ndata: []\n\ndata: }\n\ndata: {\n\n",
  "event: message\nid: 1\nretry: 1\n",
];
const ERROR = '{"error":{"message":"Internal failure.","type":"server_error","code":500}}';
const LINE_ENDS = ["\n", "\r\n", "\r"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The same seed gives the same stream, fault and pieces. */
export function faultyStream(seed: number): FaultyStream {
  const random = seeded(seed ^ 0x5bd1e995);
  const whole = linesEndedBy(LINE_ENDS[seed % 3] ?? "\n", textOf(seed));
  const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? "end";
  const bytes = encoder.encode(whole);
  // Now and then the fault comes too late to matter.
  const cutAt = random() < 0.1 ? bytes.length : Math.floor(random() * bytes.length);
  const cut = bytes.subarray(0, cutAt);
  const added = encoder.encode(additionOf(fault, random));
  const broken = new Uint8Array([...cut, ...added]);
  const ending = fault === "reset" || fault === "hang" ? fault : "end";
  return { seed, fault, pieces: split(broken, random), ending };
}

/** The unbroken stream of this seed. */
export function goodStream(seed: number): readonly Uint8Array[] {
  return generateStream(seed, UPSTREAM_MODEL).pieces;
}

function textOf(seed: number): string {
  return generateStream(seed, UPSTREAM_MODEL).frames.join("");
}

function linesEndedBy(end: string, text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\n", end);
}

function additionOf(fault: FaultyStream["fault"], random: () => number): string {
  if (fault === "garbage") return GARBAGE[Math.floor(random() * GARBAGE.length)] ?? "";
  if (fault !== "error-event") return "";
  // With an end of line before it the event is read; without, it may drown in an unfinished one.
  return `${random() < 0.8 ? "\n\n" : ""}data: ${ERROR}\n\n`;
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

/** Bad events that a stream may hold before it counts as broken. */
const BAD_EVENTS_MAX = 3;

/**
 * What a client must get of these pieces: read as the standard says, from the whole text at once. The
 * upstream's model, first in every event, is replaced in its text.
 */
export function delivered(
  pieces: readonly Uint8Array[],
  client: { modelId: string; usageWanted: boolean },
): Delivered {
  const bytes = new Uint8Array(pieces.flatMap((piece) => [...piece]));
  const blocks = decoder.decode(bytes).replaceAll(/\r\n?/g, "\n").split("\n\n").slice(0, -1);
  const data: string[] = [];
  let hasContent = false;
  let bad = 0;
  for (const block of blocks) {
    const text = dataOf(block);
    if (text === undefined) continue;
    if (text.trim() === "[DONE]") return { data, complete: hasContent, hasContent };
    const event = objectOf(text);
    if (event?.error) break;
    if (event === undefined) {
      bad += 1;
      if (bad > BAD_EVENTS_MAX) break;
      continue;
    }
    const [choice] = (event.choices ?? []) as { delta: object; finish_reason: unknown }[];
    if (choice) hasContent ||= speaks(choice);
    else if (!client.usageWanted) continue;
    data.push(text.replace(`"model":"${UPSTREAM_MODEL}"`, `"model":"${client.modelId}"`));
  }
  return { data, complete: false, hasContent };
}

/** The joined data lines; undefined: the block is no event. */
function dataOf(block: string): string | undefined {
  const lines = block.split("\n").filter((line) => line === "data" || line.startsWith("data:"));
  return lines.length > 0
    ? lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n")
    : undefined;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function speaks({ delta, finish_reason }: { delta: object; finish_reason: unknown }): boolean {
  if (finish_reason !== null) return true;
  return Object.entries(delta).some(
    ([name, value]) => name !== "role" && value !== "" && value !== null,
  );
}
