/** What the prompt of an OpenAI chat request holds, as far as routing must know: texts, media, tools. */
import { estimateTokensOfAll } from "../../tokens.ts";
import { isObject, type JsonDocument, rawMember } from "../json.ts";

/** An image, sound or file: a flat price, near a 1024 × 1024 picture at the large vendors. */
const MEDIA_TOKENS = 800;
/** Frame of a chat template: once, and around each message, as measured over ten vendors. */
const TEMPLATE_TOKENS = 4;
const MESSAGE_TOKENS = 3;

/** A prompt as far as routing must know it. */
export interface Prompt {
  /** Best estimate. */
  readonly tokens: number;
  readonly hasTools: boolean;
  readonly hasImages: boolean;
}

type Message = Readonly<Record<string, unknown>>;

/** Reads checked messages; parts and calls of unknown shape count for nothing. */
export function readPrompt(document: JsonDocument, messages: readonly Message[]): Prompt {
  const tools = [...toolTexts(document, "tools"), ...toolTexts(document, "functions")];
  const texts = [...tools];
  let media = 0;
  let hasImages = false;
  for (const message of messages) {
    pushText(texts, message.content);
    for (const part of arrayOf(message.content)) {
      pushText(texts, part);
      if (!isObject(part)) continue;
      if (part.type === "text") pushText(texts, part.text);
      else if (part.type === "refusal") pushText(texts, part.refusal);
      else media++;
      hasImages ||= part.type === "image_url";
    }
    for (const call of arrayOf(message.tool_calls)) pushCall(texts, call);
  }
  const frameTokens = TEMPLATE_TOKENS + MESSAGE_TOKENS * messages.length;
  const tokens = estimateTokensOfAll(texts) + frameTokens + MEDIA_TOKENS * media;
  return { tokens, hasTools: tools.length > 0, hasImages };
}

/** The raw text of a list of tools that is not empty. */
function toolTexts(document: JsonDocument, name: "tools" | "functions"): string[] {
  const list = document.value[name];
  if (arrayOf(list).length === 0) return [];
  return [rawMember(document, name) ?? JSON.stringify(list)];
}

function pushCall(texts: string[], call: unknown): void {
  if (!isObject(call)) return;
  const called = call.function ?? call.custom;
  if (!isObject(called)) return;
  pushText(texts, called.name);
  pushText(texts, called.arguments);
  pushText(texts, called.input);
}

function pushText(texts: string[], value: unknown): void {
  if (typeof value === "string") texts.push(value);
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
