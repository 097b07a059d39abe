/** Citations as Anthropic's text blocks carry them. */
import type { Citation } from "../../conversation.ts";
import { isObject } from "../json.ts";

/**
 * Any kind of location; its offsets point into the source, not into the answer, so they are not `start` and `end`.
 * undefined: it names no source and quotes nothing.
 */
export function readCitation(value: unknown): Citation | undefined {
  if (!isObject(value)) return undefined;
  const url = textOf(value.url) ?? textOf(value.source);
  const title = textOf(value.title) ?? textOf(value.document_title);
  const quote = textOf(value.cited_text);
  if (url === undefined && title === undefined && quote === undefined) return undefined;
  return { url, title, quote };
}

/** All that can be read in a block's `citations`; undefined: none. */
export function readCitations(value: unknown): readonly Citation[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const citations = value.flatMap((item: unknown) => readCitation(item) ?? []);
  return citations.length > 0 ? citations : undefined;
}

/** For a client; undefined: a source without address, which the dialect can only point to inside a request. */
export function writeCitation(citation: Citation): Readonly<Record<string, unknown>> | undefined {
  const { url, title = null, quote = "" } = citation;
  if (url === undefined) return undefined;
  return {
    type: "web_search_result_location",
    url,
    title,
    encrypted_index: "",
    cited_text: quote,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
