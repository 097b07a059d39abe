/** Content parts of messages. */
import type { DocumentPart, Media, Part } from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import { nameAt, needObject, stringAt, textAt, type Unread, unsupported } from "./given.ts";

/** Where something is read: its path for refusals, and where unknown fields are collected. */
export interface Place {
  readonly path: string;
  readonly unread: Unread;
}

/** What files without a type of their own are: the one kind of document that every vendor takes. */
const DOCUMENT_TYPE = "application/pdf";

/** Unknown fields are told without the number of their message. */
const AT = "messages.content";

const READERS = {
  text: (part, { path }) => ({ kind: "text", text: textAt(part.text, `${path}.text`) }),
  refusal: (part, { path }) => ({ kind: "refusal", text: textAt(part.refusal, `${path}.refusal`) }),
  image_url: readImage,
  input_audio: readAudio,
  file: readFile,
} as const satisfies Record<string, (part: JsonObject, place: Place) => Part>;

/** One member beside `type` in every kind of part, named like the type where it is an object. */
const KNOWN = {
  text: new Set(["type", "text"]),
  refusal: new Set(["type", "refusal"]),
  image_url: new Set(["type", "image_url"]),
  input_audio: new Set(["type", "input_audio"]),
  file: new Set(["type", "file"]),
} as const satisfies Record<keyof typeof READERS, ReadonlySet<string>>;

const IMAGE_FIELDS = new Set(["url", "detail"]);
const AUDIO_FIELDS = new Set(["data", "format"]);
const FILE_FIELDS = new Set(["file_data", "file_id", "filename"]);

/**
 * A text, a list of parts, or nothing; an empty text is no part.
 * @throws TokenhubError invalid_value; unsupported_parameter for a kind of part that is not known.
 */
export function readContent(content: unknown, place: Place): Part[] {
  if (!isGiven(content) || content === "") return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content)) return refuse(place.path);
  return content.map((part, index) => {
    return readPart(part, { path: `${place.path}.${index}`, unread: place.unread });
  });
}

function readPart(part: unknown, place: Place): Part {
  if (typeof part === "string") return { kind: "text", text: part };
  if (!isObject(part)) return refuse(place.path);
  const type = nameAt(part.type, `${place.path}.type`);
  if (!isPartType(type)) return unsupported(`${place.path}.type`);
  place.unread.rest(part, KNOWN[type], AT);
  return READERS[type](part, place);
}

function isPartType(type: string): type is keyof typeof READERS {
  return Object.hasOwn(READERS, type);
}

function readImage(part: JsonObject, { path, unread }: Place): Part {
  const param = `${path}.image_url`;
  // Older clients send the address alone.
  const image =
    typeof part.image_url === "string"
      ? { url: part.image_url }
      : needObject(part.image_url, param);
  unread.rest(image, IMAGE_FIELDS, `${AT}.image_url`);
  const url = nameAt(image.url, `${param}.url`);
  return {
    kind: "image",
    source: mediaOf(url, `${param}.url`),
    detail: stringAt(image.detail, `${param}.detail`),
  };
}

function readAudio(part: JsonObject, { path, unread }: Place): Part {
  const param = `${path}.input_audio`;
  const audio = needObject(part.input_audio, param);
  unread.rest(audio, AUDIO_FIELDS, `${AT}.input_audio`);
  return {
    kind: "audio",
    format: nameAt(audio.format, `${param}.format`),
    data: nameAt(audio.data, `${param}.data`),
  };
}

function readFile(part: JsonObject, { path, unread }: Place): DocumentPart {
  const param = `${path}.file`;
  const file = needObject(part.file, param);
  unread.rest(file, FILE_FIELDS, `${AT}.file`);
  const title = stringAt(file.filename, `${param}.filename`);
  const id = stringAt(file.file_id, `${param}.file_id`);
  if (id !== undefined) return { kind: "document", source: { by: "file", id }, title };
  const data = nameAt(file.file_data, `${param}.file_data`);
  const isAddress = data.startsWith("data:") || /^https?:/.test(data);
  const source: Media = isAddress
    ? mediaOf(data, `${param}.file_data`)
    : { by: "base64", mediaType: DOCUMENT_TYPE, data };
  return { kind: "document", source, title };
}

/** A `data:` address is taken apart, so that every dialect can say it. */
function mediaOf(url: string, param: string): Media {
  if (!url.startsWith("data:")) return { by: "url", url };
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, Math.max(comma, 0)).split(";");
  const [mediaType = ""] = head;
  if (comma < 0 || mediaType === "" || head.at(-1) !== "base64") return refuse(param);
  return { by: "base64", mediaType, data: url.slice(comma + 1) };
}
