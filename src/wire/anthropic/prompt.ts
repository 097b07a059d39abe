/** What the prompt of an Anthropic request holds, as far as routing must know: texts, media, tools. */
import { estimateTokensOfAll } from "../../tokens.ts";
import { isObject, type JsonDocument, rawMember } from "../json.ts";

/** An image or a document: what the vendor counts for the largest image it does not shrink. */
const MEDIA_TOKENS = 1_600;
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

interface Found {
  readonly texts: string[];
  media: number;
  hasImages: boolean;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads checked messages and `system`; blocks of unknown shape cost what their texts cost, else a flat price. */
export function readPrompt(document: JsonDocument, messages: readonly JsonObject[]): Prompt {
  const { system, tools } = document.value;
  const found: Found = { texts: [], media: 0, hasImages: false };
  const hasTools = Array.isArray(tools) && tools.length > 0;
  if (hasTools) found.texts.push(rawMember(document, "tools") ?? JSON.stringify(tools));
  addContent(found, system);
  for (const { content } of messages) addContent(found, content);
  const frameTokens = TEMPLATE_TOKENS + MESSAGE_TOKENS * messages.length;
  const tokens = estimateTokensOfAll(found.texts) + frameTokens + MEDIA_TOKENS * found.media;
  return { tokens, hasTools, hasImages: found.hasImages };
}

/** A text, or a list of blocks; blocks nest as deep as the document may. */
function addContent(found: Found, content: unknown): void {
  if (typeof content === "string") found.texts.push(content);
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (isObject(block)) addBlock(found, block);
    else addContent(found, block);
  }
}

function addBlock(found: Found, block: JsonObject): void {
  switch (block.type) {
    case "text":
      addContent(found, block.text);
      break;
    case "thinking":
      addContent(found, block.thinking);
      break;
    case "image":
      found.hasImages = true;
      found.media++;
      break;
    case "document":
      addDocument(found, block);
      break;
    // Encrypted, or a mere name.
    case "redacted_thinking":
    case "tool_reference":
      break;
    default:
      addOther(found, block);
  }
}

function addDocument(found: Found, { source, title, context }: JsonObject): void {
  addContent(found, title);
  addContent(found, context);
  if (isObject(source) && source.type === "text") addContent(found, source.data);
  else if (isObject(source) && source.type === "content") addContent(found, source.content);
  else found.media++;
}

/** Calls, results, and whatever comes to be. */
function addOther(found: Found, { name, input, content }: JsonObject): void {
  addContent(found, name);
  if (isObject(input)) found.texts.push(JSON.stringify(input));
  else if (isObject(content)) found.texts.push(JSON.stringify(content));
  else if (typeof content === "string" || Array.isArray(content)) addContent(found, content);
  else found.media++;
}
