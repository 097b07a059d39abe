/** Content parts of a request in the Responses dialect. */
import type { Citation, DocumentPart, ImagePart, Media, Part } from "../../conversation.ts";
import { isGiven, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import {
  elementsOf,
  memberOf,
  neededText,
  noteUnread,
  objectOf,
  type Piece,
  refuseUnsupported,
  textOf,
} from "./shape.ts";

/** What a file is when nothing says so. */
const FILE_TYPE = "application/pdf";
const DATA_URL = /^data:([^;,]+)(?:;[^;,]+)*;base64,/;

const KNOWN = {
  text: new Set(["type", "text", "annotations", "logprobs"]),
  refusal: new Set(["type", "refusal"]),
  image: new Set(["type", "image_url", "file_id", "detail"]),
  file: new Set(["type", "file_data", "file_url", "file_id", "filename"]),
  audio: new Set(["type", "input_audio"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/** Reads one kind of part. */
type ReadPart = (piece: Piece) => Part;

const READERS: ReadonlyMap<unknown, ReadPart> = new Map<unknown, ReadPart>([
  ["input_text", readText],
  ["output_text", readText],
  ["text", readText],
  ["refusal", readRefusal],
  ["input_image", readImage],
  ["input_file", readFile],
  ["input_audio", readAudio],
]);

/**
 * A message's content or a tool's output: a text or a list of parts.
 * @throws TokenhubError invalid_value, or unsupported_parameter for a kind of part that no other dialect has.
 */
export function readContent(piece: Piece): readonly Part[] {
  if (typeof piece.value === "string") return [{ kind: "text", text: piece.value }];
  if (!isGiven(piece.value)) return refuse(piece.path);
  return elementsOf(piece).map(readPart);
}

function readPart(piece: Piece): Part {
  const type = memberOf({ ...piece, value: objectOf(piece) }, "type");
  if (typeof type.value !== "string") return refuse(type.path);
  const read = READERS.get(type.value);
  return read ? read(piece) : refuseUnsupported(type.path);
}

function readText(piece: Piece): Part {
  noteUnread(piece, KNOWN.text);
  const text = neededText(memberOf(piece, "text"));
  const annotations = memberOf(piece, "annotations");
  const elements = elementsOf(annotations);
  const citations = elements.flatMap(({ value }) => readCitation(value) ?? []);
  if (citations.length < elements.length) piece.unread.add(annotations.place);
  return citations.length > 0 ? { kind: "text", text, citations } : { kind: "text", text };
}

/** undefined: no annotation that points to a URL. */
export function readCitation(annotation: unknown): Citation | undefined {
  if (!isObject(annotation) || annotation.type !== "url_citation") return undefined;
  const { url, title, start_index: start, end_index: end } = annotation;
  if (typeof url !== "string") return undefined;
  return {
    url,
    title: typeof title === "string" && title !== "" ? title : undefined,
    start: typeof start === "number" ? start : undefined,
    end: typeof end === "number" ? end : undefined,
  };
}

function readRefusal(piece: Piece): Part {
  noteUnread(piece, KNOWN.refusal);
  return { kind: "refusal", text: neededText(memberOf(piece, "refusal")) };
}

function readImage(piece: Piece): ImagePart {
  noteUnread(piece, KNOWN.image);
  const url = textOf(memberOf(piece, "image_url"));
  const id = textOf(memberOf(piece, "file_id"));
  const detail = textOf(memberOf(piece, "detail"));
  const source: Media =
    url === undefined ? { by: "file", id: id ?? refuse(piece.path) } : mediaOf(url);
  return detail === undefined ? { kind: "image", source } : { kind: "image", source, detail };
}

function readFile(piece: Piece): DocumentPart {
  noteUnread(piece, KNOWN.file);
  const data = textOf(memberOf(piece, "file_data"));
  const url = textOf(memberOf(piece, "file_url"));
  const id = textOf(memberOf(piece, "file_id"));
  const title = textOf(memberOf(piece, "filename"));
  let source: Media;
  if (data !== undefined) source = dataOf(data);
  else if (url !== undefined) source = mediaOf(url);
  else source = { by: "file", id: id ?? refuse(piece.path) };
  return title === undefined ? { kind: "document", source } : { kind: "document", source, title };
}

function readAudio(piece: Piece): Part {
  noteUnread(piece, KNOWN.audio);
  const audio = memberOf(piece, "input_audio");
  return {
    kind: "audio",
    format: neededText(memberOf(audio, "format")),
    data: neededText(memberOf(audio, "data")),
  };
}

/** A URL, or the bytes that a `data:` URL in base64 holds. */
function mediaOf(url: string): Media {
  const [head, mediaType] = DATA_URL.exec(url) ?? [];
  if (head === undefined || mediaType === undefined) return { by: "url", url };
  return { by: "base64", mediaType, data: url.slice(head.length) };
}

function dataOf(data: string): Media {
  const media = mediaOf(data);
  return media.by === "url" ? { by: "base64", mediaType: FILE_TYPE, data } : media;
}
