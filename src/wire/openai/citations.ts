/** Citations, which this dialect calls annotations and counts from the start of the whole text. */
import type { Citation } from "../../conversation.ts";
import { isObject } from "../json.ts";

/** The `url_citation`s of a message or delta; `offset`: where its text begins in the whole text. */
export function readAnnotations(annotations: unknown, offset: number): Citation[] {
  if (!Array.isArray(annotations)) return [];
  return annotations.flatMap((annotation) => {
    const cited = isObject(annotation) ? annotation.url_citation : undefined;
    if (!isObject(cited)) return [];
    const { url, title } = cited;
    return {
      url: typeof url === "string" ? url : undefined,
      title: typeof title === "string" ? title : undefined,
      start: place(cited.start_index, offset),
      end: place(cited.end_index, offset),
    };
  });
}

function place(index: unknown, offset: number): number | undefined {
  if (typeof index !== "number" || !Number.isInteger(index)) return undefined;
  return index >= offset ? index - offset : undefined;
}

/**
 * `text`: where the cited text stands in the whole text, and how long it is. undefined: without an address the
 * dialect has no words for it.
 */
export function writeAnnotation(
  { url, title, start, end }: Citation,
  text: { offset: number; chars: number },
): Readonly<Record<string, unknown>> | undefined {
  if (url === undefined) return undefined;
  const cited = {
    start_index: text.offset + (start ?? 0),
    end_index: text.offset + (end ?? text.chars),
    url,
    title: title ?? "",
  };
  return { type: "url_citation", url_citation: cited };
}
