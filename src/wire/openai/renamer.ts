/**
 * The public model in the events of one stream. They begin alike up to the model, so that beginning is found
 * once; and most of them go on alike too, with one text and nothing else, so that these need no parser.
 */
import { putMember } from "../json-splice.ts";

/** The model of one stream's events. */
export interface Renamer {
  /** An event that is known to be a JSON object, with the public model instead of its own. */
  rename(data: string): string;
  /**
   * The same for an event that begins as one before and only says a text: with the length of that text.
   * undefined: it must be read.
   */
  plain(data: string): { readonly text: string; readonly chars: number } | undefined;
}

/** `raw` is the public model as JSON text. */
export function createRenamer(raw: string): Renamer {
  let from = "";
  let to = "";
  return {
    rename(data) {
      if (from !== "" && data.startsWith(from) && !mayRename(data, from.length)) {
        return to + data.slice(from.length);
      }
      const [beginning = "", before = ""] = BEGINNING.exec(data) ?? [];
      from = beginning;
      to = before + raw;
      return putMember(data, { key: "model", raw });
    },
    plain(data) {
      if (from === "" || !data.startsWith(from)) return undefined;
      const rest = data.slice(from.length);
      const said = PLAIN.exec(rest)?.[1];
      return said === undefined ? undefined : { text: to + rest, chars: said.length };
    },
  };
}

/** Flat members (texts without escapes, numbers), then the model's key and value. */
const BEGINNING = /^(\{(?:"[^"\\]*":(?:"[^"\\]*"|[-\d.eE+]+),)*?"model":)"[^"\\]*"(?=[,}])/;

/**
 * One choice whose delta is a text without escapes, as OpenAI and vLLM write it, with what they add that is null
 * or a plain text. The class is every character that JSON allows in a text, but quotes and backslashes.
 */
const PLAIN =
  /^,"choices":\[\{"index":0,"delta":\{"content":"([ !#-[\]-\uffff]*)"\}(?:,"(?:logprobs|finish_reason|stop_reason|token_ids)":null)*\}\](?:,"(?:usage|service_tier|system_fingerprint|obfuscation|prompt_token_ids)":(?:null|"[ !#-[\]-\uffff]*"))*\}$/;

/** Could a key from here on spell `model`, with escapes or without? */
function mayRename(data: string, from: number): boolean {
  return data.indexOf('"model"', from) >= 0 || data.indexOf("\\u", from) >= 0;
}
