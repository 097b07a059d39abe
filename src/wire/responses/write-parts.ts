/** Content parts as the Responses dialect writes them in a request and in an answer. */
import type { Citation, DocumentPart, Media, Part } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";

/** A user's parts, or those of a tool's output; parts that cannot stand there say nothing. */
export function writeInputParts(parts: readonly Part[]): readonly JsonObject[] {
  return parts.map(writeInputPart).filter((part) => part !== undefined);
}

function writeInputPart(part: Part): JsonObject | undefined {
  switch (part.kind) {
    case "text":
      return { type: "input_text", text: part.text };
    case "image":
      return {
        type: "input_image",
        ...(part.source.by === "file"
          ? { file_id: part.source.id }
          : { image_url: urlOf(part.source) }),
        detail: part.detail ?? "auto",
      };
    case "document":
      return writeDocument(part);
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    default:
      return undefined;
  }
}

function writeDocument({ source, title }: DocumentPart): JsonObject {
  const name = title === undefined ? {} : { filename: title };
  switch (source.by) {
    case "text": {
      const text = title === undefined ? source.text : `${title}\n\n${source.text}`;
      return { type: "input_text", text };
    }
    case "file":
      return { type: "input_file", file_id: source.id, ...name };
    case "url":
      return { type: "input_file", file_url: source.url, ...name };
    case "base64":
      // The provider demands a name beside bytes.
      return { type: "input_file", file_data: urlOf(source), filename: title ?? "document.pdf" };
  }
}

function urlOf(media: Exclude<Media, { by: "file" }>): string {
  return media.by === "url" ? media.url : `data:${media.mediaType};base64,${media.data}`;
}

/** A part of a message that a model wrote; undefined: not a part of a message here. */
export function writeOutputPart(
  part: Part,
  logprobs: readonly unknown[] = [],
): JsonObject | undefined {
  if (part.kind === "refusal") return { type: "refusal", refusal: part.text };
  if (part.kind !== "text") return undefined;
  const annotations = writeCitations(part.citations, part.text.length);
  return { type: "output_text", text: part.text, annotations, logprobs };
}

/** Those of them that point to a URL: the dialect has no place for words alone. */
export function writeCitations(
  citations: readonly Citation[] | undefined,
  textChars: number,
): readonly JsonObject[] {
  return (citations ?? []).flatMap(({ url, title, start, end }) =>
    url === undefined
      ? []
      : [
          {
            type: "url_citation",
            url,
            title: title ?? "",
            start_index: start ?? 0,
            end_index: end ?? textChars,
          },
        ],
  );
}
