/** Content blocks of a client's request. Paths name list positions in refusals, not in what was left unread. */
import type {
  CacheMark,
  DocumentPart,
  ImagePart,
  Media,
  Part,
  TextPart,
} from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { readCitations } from "./citation.ts";
import {
  type Findings,
  listAt,
  noteUnread,
  objectAt,
  optionalBoolean,
  optionalObject,
  optionalText,
  textAt,
  unsupported,
} from "./read-value.ts";
import { readProof } from "./signature.ts";

interface Block {
  readonly block: JsonObject;
  /** `messages.3.content.0` */
  readonly path: string;
  readonly found: Findings;
}

type BlockReader = (block: Block) => Part | undefined;

/** Where a block stands decides which kinds it may be. */
export type Place = keyof typeof PLACES;

const TEXT = { text: readText } as const;
const INSIDE_RESULT = {
  ...TEXT,
  image: readImage,
  document: readDocument,
  search_result: readSearchResult,
};

const PLACES = {
  system: TEXT,
  user: { ...INSIDE_RESULT, tool_result: readResult },
  assistant: {
    ...TEXT,
    thinking: readThinking,
    redacted_thinking: readRedacted,
    tool_use: readCall,
  },
  result: INSIDE_RESULT,
} as const satisfies Record<string, Readonly<Record<string, BlockReader>>>;

/**
 * A string or a list of blocks.
 * @throws TokenhubError invalid_value; unsupported_parameter with the path of a block of any other kind.
 */
export function readContent(
  content: unknown,
  { place, path, found }: { place: Place; path: string; found: Findings },
): Part[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  const readers: Readonly<Record<string, BlockReader>> = PLACES[place];
  return listAt(content, path).flatMap((item, index) => {
    const at = `${path}.${index}`;
    const block = objectAt(item, at);
    const type = textAt(block.type, `${at}.type`);
    const read = Object.hasOwn(readers, type) ? readers[type] : unsupported(at);
    return read?.({ block, path: at, found }) ?? [];
  });
}

const PREFIX = "messages.content.";

function note({ block, found }: Block, known: readonly string[]): void {
  noteUnread(found, block, { known: ["type", "cache_control", ...known], prefix: PREFIX });
}

function cacheOf({ block, path }: Block): { cache?: CacheMark } {
  const cache = optionalObject(block.cache_control, `${path}.cache_control`);
  return cache === undefined ? {} : { cache };
}

function readText(at: Block): TextPart {
  note(at, ["text", "citations"]);
  const text = textAt(at.block.text, `${at.path}.text`);
  const citations = readCitations(at.block.citations);
  return { kind: "text", text, ...(citations && { citations }), ...cacheOf(at) };
}

function readImage(at: Block): ImagePart {
  note(at, ["source"]);
  const path = `${at.path}.source`;
  const source = objectAt(at.block.source, path);
  return { kind: "image", source: readMedia(source, path), ...cacheOf(at) };
}

function readMedia(source: JsonObject, path: string): Media {
  if (source.type === "url") return { by: "url", url: textAt(source.url, `${path}.url`) };
  if (source.type === "file") return { by: "file", id: textAt(source.file_id, `${path}.file_id`) };
  if (source.type !== "base64") return unsupported(`${path}.type`);
  const mediaType = textAt(source.media_type, `${path}.media_type`);
  return { by: "base64", mediaType, data: textAt(source.data, `${path}.data`) };
}

function readDocument(at: Block): DocumentPart {
  note(at, ["source", "title", "citations"]);
  const wish = optionalObject(at.block.citations, `${at.path}.citations`);
  if (wish?.enabled === true) at.found.unread.add(`${PREFIX}citations`);
  const title = optionalText(at.block.title, `${at.path}.title`);
  return {
    kind: "document",
    source: readDocumentSource(at),
    ...(title !== undefined && { title }),
    ...cacheOf(at),
  };
}

function readDocumentSource({ block, path: of, found }: Block): DocumentPart["source"] {
  const path = `${of}.source`;
  const source = objectAt(block.source, path);
  if (source.type === "text") return { by: "text", text: textAt(source.data, `${path}.data`) };
  if (source.type !== "content") return readMedia(source, path);
  const parts = readContent(source.content, { place: "system", path: `${path}.content`, found });
  return { by: "text", text: joined(parts) };
}

function readSearchResult(at: Block): TextPart {
  note(at, ["source", "title", "content", "citations"]);
  const wish = optionalObject(at.block.citations, `${at.path}.citations`);
  if (wish?.enabled === true) at.found.unread.add(`${PREFIX}citations`);
  const { found } = at;
  const head = [
    textAt(at.block.title, `${at.path}.title`),
    textAt(at.block.source, `${at.path}.source`),
  ];
  const path = `${at.path}.content`;
  const text = joined(readContent(at.block.content, { place: "system", path, found }));
  return { kind: "text", text: [...head, text].join("\n"), ...cacheOf(at) };
}

function joined(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "")).join("\n");
}

function readThinking(at: Block): Part {
  note(at, ["thinking", "signature"]);
  const text = textAt(at.block.thinking, `${at.path}.thinking`);
  optionalText(at.block.signature, `${at.path}.signature`);
  const proof = readProof(at.block.signature);
  return { kind: "reasoning", text, ...(proof && { proof }) };
}

function readRedacted(at: Block): Part | undefined {
  note(at, ["data"]);
  const proof = readProof(textAt(at.block.data, `${at.path}.data`));
  return proof && { kind: "redacted", proof };
}

function readCall(at: Block): Part {
  note(at, ["id", "name", "input"]);
  const id = textAt(at.block.id, `${at.path}.id`);
  const name = textAt(at.block.name, `${at.path}.name`);
  if (id === "") refuse(`${at.path}.id`);
  at.found.calls.add(id);
  const input = JSON.stringify(objectAt(at.block.input, `${at.path}.input`));
  return { kind: "call", id, name, input, custom: false, ...cacheOf(at) };
}

function readResult(at: Block): Part {
  note(at, ["tool_use_id", "content", "is_error"]);
  const { block, path, found } = at;
  const callId = textAt(block.tool_use_id, `${path}.tool_use_id`);
  if (!found.calls.has(callId)) refuse(`${path}.tool_use_id`);
  const isError = optionalBoolean(block.is_error, `${path}.is_error`) ?? false;
  const parts = isGiven(block.content)
    ? readContent(block.content, { place: "result", path: `${path}.content`, found })
    : [];
  return { kind: "result", callId, parts, isError, custom: false, ...cacheOf(at) };
}
