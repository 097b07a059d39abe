/** Parts of a conversation as content blocks for a provider. */
import type { CacheMark, CallPart, DocumentPart, Media, Part } from "../../conversation.ts";
import { TokenhubError } from "../../errors.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { unsupported } from "./read-value.ts";

/** A content block; `type` tells its kind. */
export type Block = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * Blocks that a provider takes: texts without a visible character are refused, and so is reasoning that it did not
 * sign itself; both are left out.
 * @throws TokenhubError unsupported_parameter for what has no block; invalid_value for arguments that are no object.
 */
export function writeParts(parts: readonly Part[]): Block[] {
  return parts.flatMap((part) => writePart(part) ?? []);
}

function writePart(part: Part): Block | undefined {
  switch (part.kind) {
    case "text":
      return writeText(part.text, part.cache);
    case "refusal":
      return writeText(part.text);
    case "image":
      return { type: "image", source: writeMedia(part.source), ...marked(part.cache) };
    case "document":
      return writeDocument(part);
    case "reasoning": {
      const { text, proof } = part;
      if (proof?.of !== "anthropic") return undefined;
      return { type: "thinking", thinking: text, signature: proof.data };
    }
    case "redacted":
      if (part.proof.of !== "anthropic") return undefined;
      return { type: "redacted_thinking", data: part.proof.data };
    case "call":
      return writeCall(part);
    case "result": {
      const content = writeParts(part.parts);
      return {
        type: "tool_result",
        tool_use_id: part.callId,
        ...(content.length > 0 && { content }),
        ...(part.isError && { is_error: true }),
        ...marked(part.cache),
      };
    }
    case "audio":
      return unsupported("messages");
  }
}

/** undefined: nothing visible in it. */
export function writeText(text: string, cache?: CacheMark): Block | undefined {
  return text.trim() === "" ? undefined : { type: "text", text, ...marked(cache) };
}

function marked(cache: CacheMark | undefined): { cache_control?: CacheMark } {
  return cache === undefined ? {} : { cache_control: cache };
}

function writeMedia(source: Media): JsonObject {
  switch (source.by) {
    case "url":
      return { type: "url", url: source.url };
    case "file":
      return { type: "file", file_id: source.id };
    case "base64":
      return { type: "base64", media_type: source.mediaType, data: source.data };
  }
}

function writeDocument({ source, title, cache }: DocumentPart): Block {
  return {
    type: "document",
    source: writeDocumentSource(source),
    ...(title !== undefined && { title }),
    ...marked(cache),
  };
}

const PDF = "application/pdf";

/** Base64 is for PDF only; texts go as texts. */
function writeDocumentSource(source: DocumentPart["source"]): JsonObject {
  if (source.by === "text") return plain(source.text);
  if (source.by !== "base64" || source.mediaType === PDF) return writeMedia(source);
  if (source.mediaType.startsWith("text/")) return plain(decodeText(source.data));
  return unsupported("messages");
}

function plain(data: string): JsonObject {
  return { type: "text", media_type: "text/plain", data };
}

function decodeText(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return invalid("A text document is not base64 of UTF-8.");
  }
}

function writeCall({ id, name, input, cache }: CallPart): Block {
  const parsed = parseInput(input);
  if (parsed === undefined) return invalid("The arguments of a tool call are not a JSON object.");
  return { type: "tool_use", id, name, input: parsed, ...marked(cache) };
}

/** Arguments as the object that this dialect wants; nothing counts as `{}`. undefined: no JSON object. */
export function parseInput(input: string): JsonObject | undefined {
  if (input.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(input);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws TokenhubError invalid_value for the messages, always; `detail` says which rule they break. */
export function invalid(detail: string): never {
  throw new TokenhubError("invalid_value", { param: "messages", detail });
}
