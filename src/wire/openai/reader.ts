/** Streams of the OpenAI chat dialect to the events of a reply. */
import type { Usage } from "../../chat.ts";
import type { ReplyEvent } from "../../conversation.ts";
import type { ReplyReader } from "../codec.ts";
import { isObject } from "../json.ts";
import { readAnnotations } from "./citations.ts";
import { readFinish } from "./finish.ts";
import { detailsOf, plainReasoning, readDetail } from "./read-reasoning.ts";
import { readContentPart } from "./read-reply.ts";
import { Disorder } from "./reader-calls.ts";
import { createReaderParts, type ReaderParts } from "./reader-parts.ts";
import { errorOf } from "./upstream-error.ts";
import { readUsage } from "./usage.ts";

type Members = Readonly<Record<string, unknown>>;

const DONE = "[DONE]";

/** What is said of a text beside the text. */
interface Spoken {
  readonly choice: Members;
  readonly delta: Members;
}

/** Reads the first choice of one stream; the events of the others, and what follows an end or a fault, say nothing. */
export function createReader(): ReplyReader {
  const reading = createReading();
  let isOver = false;

  function hear(data: string): readonly ReplyEvent[] {
    if (data === DONE || data.trim() === DONE) {
      isOver = true;
      return reading.end();
    }
    const event = parse(data);
    if (!isObject(event)) return [{ type: "noise" }];
    const error = errorOf(event);
    if (error === undefined) return reading.take(event);
    isOver = true;
    return [{ type: "reply-fail", error }];
  }

  return {
    push({ data }) {
      if (isOver) return [];
      try {
        return hear(data);
      } catch (fault) {
        if (!(fault instanceof Disorder)) throw fault;
        isOver = true;
        return [{ type: "reply-fail", error: { code: fault.code } }];
      }
    },
  };
}

/** What has been read so far. Both functions throw Disorder. */
function createReading() {
  let id: string | undefined;
  let hasStarted = false;
  let hasFinished = false;
  let usage: Usage | undefined;
  const parts = createReaderParts(() => id);

  function begin(event: Members, out: ReplyEvent[]): void {
    if (hasStarted) return;
    hasStarted = true;
    id = typeof event.id === "string" ? event.id : undefined;
    out.push({ type: "reply-start", id });
  }

  function finish(choice: Members, out: ReplyEvent[]): void {
    parts.close(out);
    hasFinished = true;
    out.push({ type: "reply-finish", ...readFinish(choice, parts.hasCalls()) });
  }

  return {
    take(event: Members): readonly ReplyEvent[] {
      const out: ReplyEvent[] = [];
      begin(event, out);
      const choice = firstChoice(event.choices);
      if (choice) {
        const before = out.length;
        if (isObject(choice.delta)) readDelta(parts, { choice, delta: choice.delta }, out);
        if (hasFinished && out.length > before) throw new Disorder("out_of_order");
        if (typeof choice.finish_reason === "string" && !hasFinished) finish(choice, out);
      }
      const told = event.usage ? readUsage(event.usage) : undefined;
      if (told && !isSame(told, usage)) {
        usage = told;
        out.push({ type: "usage-tell", usage: told });
      }
      return out;
    },
    end(): readonly ReplyEvent[] {
      const out: ReplyEvent[] = [];
      begin({}, out);
      if (!hasFinished) finish({}, out);
      out.push({ type: "reply-end" });
      return out;
    },
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function firstChoice(choices: unknown): Members | undefined {
  if (!Array.isArray(choices)) return undefined;
  return choices.find((choice) => isObject(choice) && (choice.index ?? 0) === 0);
}

/** Reasoning comes before what is said, and that before what is called, when one delta has all of them. */
function readDelta(parts: ReaderParts, { choice, delta }: Spoken, out: ReplyEvent[]): void {
  if (delta.reasoning_details || delta.reasoning_content || delta.reasoning) {
    readThoughts(parts, delta, out);
  }
  const { content, refusal, annotations, tool_calls: calls } = delta;
  if (typeof content === "string") readText(parts, { choice, text: content }, out);
  else if (Array.isArray(content)) readContentParts(parts, { choice, content }, out);
  if (typeof refusal === "string" && refusal !== "") {
    const index = parts.ensure("refusal", out);
    out.push({ type: "refusal-delta", index, text: refusal });
  }
  const index = parts.openText();
  if (annotations && index !== undefined) {
    for (const citation of readAnnotations(annotations, 0)) {
      out.push({ type: "citation-add", index, citation });
    }
  }
  if (Array.isArray(calls)) {
    for (const call of calls) if (isObject(call)) parts.call(call, out);
  }
  if (isObject(delta.function_call)) {
    parts.call({ index: 0, function: delta.function_call }, out);
  }
}

function readText(
  parts: ReaderParts,
  { choice, text }: { choice: Members; text: string },
  out: ReplyEvent[],
): void {
  const logprobs = isObject(choice.logprobs) ? choice.logprobs.content : undefined;
  const hasLogprobs = Array.isArray(logprobs) && logprobs.length > 0;
  // Tokens may spell nothing by themselves, and still have their probability.
  if (text === "" && !hasLogprobs) return;
  const index = parts.ensure("text", out);
  if (hasLogprobs) out.push({ type: "text-delta", index, text, logprobs });
  else out.push({ type: "text-delta", index, text });
}

function readContentParts(
  parts: ReaderParts,
  { choice, content }: { choice: Members; content: readonly unknown[] },
  out: ReplyEvent[],
): void {
  for (const item of content) {
    const part = readContentPart(item);
    if (part?.kind === "reasoning") parts.reason(part.text, out);
    else if (part?.kind === "text") readText(parts, { choice, text: part.text }, out);
  }
}

/** Details say the same as the plain text beside them, and after it may come once more as a whole with their proof. */
function readThoughts(parts: ReaderParts, delta: Members, out: ReplyEvent[]): void {
  const details = detailsOf(delta).map(readDetail);
  if (!details.some((detail) => detail)) {
    const text = plainReasoning(delta);
    if (text !== "") parts.reason(text, out);
    return;
  }
  for (const detail of details) {
    if (detail?.kind === "redacted") parts.whole(detail, out);
    if (detail?.kind !== "reasoning") continue;
    const { text, proof, id } = detail;
    if (text !== "" && !(proof && parts.hasReasoned(text))) parts.reason(text, out, id);
    if (proof) parts.prove(proof, out, id);
  }
}

function isSame(usage: Usage, other: Usage | undefined): boolean {
  return (
    usage.promptTokens === other?.promptTokens &&
    usage.completionTokens === other.completionTokens &&
    usage.cachedTokens === other.cachedTokens &&
    usage.cacheWriteTokens === other.cacheWriteTokens &&
    usage.reasoningTokens === other.reasoningTokens
  );
}
