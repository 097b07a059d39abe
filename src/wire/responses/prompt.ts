/** What the prompt of a Responses request holds, as far as routing must know it: texts, media, tools. */
import { estimateTokensOfAll } from "../../tokens.ts";
import { isObject, type JsonDocument, rawMember } from "../json.ts";

/** An image, sound or file: a flat price, near a 1024 × 1024 picture at the large vendors. */
const MEDIA_TOKENS = 800;
/** Frame of a chat template: once, and around each item, as in the chat dialect. */
const TEMPLATE_TOKENS = 4;
const ITEM_TOKENS = 3;
/** Encrypted reasoning is base64 of about four characters a token. */
const ENCRYPTED_CHARS_PER_TOKEN = 5;

/** A prompt as far as routing must know it. */
export interface Prompt {
  /** Best estimate. */
  readonly tokens: number;
  readonly hasTools: boolean;
  readonly hasImages: boolean;
}

/** What was found so far. */
interface Found {
  readonly texts: string[];
  media: number;
  hasImages: boolean;
  encryptedChars: number;
}

/** Reads checked input items (none when the input is one text); parts of unknown shape count as media. */
export function readPrompt(document: JsonDocument, items: readonly unknown[]): Prompt {
  const { instructions, input, tools } = document.value;
  const found: Found = { texts: [], media: 0, hasImages: false, encryptedChars: 0 };
  const hasTools = Array.isArray(tools) && tools.length > 0;
  if (hasTools) found.texts.push(rawMember(document, "tools") ?? JSON.stringify(tools));
  pushText(found, instructions);
  pushText(found, input);
  for (const item of items) {
    if (isObject(item)) readItem(found, item);
  }
  const frameTokens = TEMPLATE_TOKENS + ITEM_TOKENS * Math.max(items.length, 1);
  const tokens =
    estimateTokensOfAll(found.texts) +
    Math.ceil(found.encryptedChars / ENCRYPTED_CHARS_PER_TOKEN) +
    MEDIA_TOKENS * found.media +
    frameTokens;
  return { tokens, hasTools, hasImages: found.hasImages };
}

function readItem(found: Found, item: Readonly<Record<string, unknown>>): void {
  pushParts(found, item.content);
  pushParts(found, item.output);
  pushParts(found, item.summary);
  pushText(found, item.name);
  pushText(found, item.arguments);
  pushText(found, item.input);
  if (typeof item.encrypted_content === "string") {
    found.encryptedChars += item.encrypted_content.length;
  }
}

/** A text, or a list of parts. */
function pushParts(found: Found, value: unknown): void {
  pushText(found, value);
  if (!Array.isArray(value)) return;
  for (const part of value) {
    pushText(found, part);
    if (!isObject(part)) continue;
    if (typeof part.text === "string") found.texts.push(part.text);
    else if (typeof part.refusal === "string") found.texts.push(part.refusal);
    else found.media++;
    found.hasImages ||= part.type === "input_image";
  }
}

function pushText(found: Found, value: unknown): void {
  if (typeof value === "string") found.texts.push(value);
}
