/** Directives of a request: honoured where they may be, removed everywhere, and the check that none is left. */
import type { Dialect } from "../chat.ts";
import { firstDirective, hasMarker, strip } from "../directive.ts";
import {
  type Asked,
  askedOf,
  type DirectiveKeys,
  mergeSayings,
  readPairs,
  type Sayings,
} from "../directive-keys.ts";
import { TokenhubError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { anthropicTexts } from "./anthropic/places.ts";
import { embeddingsTexts } from "./embeddings/places.ts";
import { isObject, type JsonDocument, parseDocument, rawMember, splice } from "./json.ts";
import { openaiTexts } from "./openai/places.ts";
import type { Speaker, WalkTexts } from "./places.ts";
import { elementsOf } from "./responses/elements.ts";
import { responsesTexts } from "./responses/places.ts";

const PLACES = {
  openai: openaiTexts,
  anthropic: anthropicTexts,
  responses: responsesTexts,
  embeddings: embeddingsTexts,
} as const satisfies Record<Dialect, WalkTexts>;

/** Who may direct: `user` is both system and user, `off` nobody. */
export type Inband = "user" | "system" | "off";

/** Unknown keys that are told, at most; only plain words are. */
const UNKNOWN_MAX = 16;
const PLAIN = /^\w{1,64}$/;

/** What the directives of one request came to. */
export interface Directives extends Asked {
  /** applied: a value of some directive counts; ignored: there were directives, and none does. */
  readonly state: "none" | "applied" | "ignored";
  /** Keys of honoured directives that nothing takes, as far as they are plain words; lower case, unique, ≤ 16. */
  readonly unknown: readonly string[];
  /** Directives that were removed, honoured or not. */
  readonly stripped: number;
}

const NONE: Directives = {
  state: "none",
  policy: undefined,
  orchestration: undefined,
  modelHint: undefined,
  unknown: [],
  stripped: 0,
};

/** A request without directives, and what they said. */
export interface Read {
  /** The very same document when nothing was removed. Otherwise every message without directives keeps its bytes. */
  readonly document: JsonDocument;
  readonly directives: Directives;
  /** Some text held a marker, so that what is sent has to pass `assertStripped`; undefined: none did. */
  readonly suspect: true | undefined;
}

/**
 * Takes the directives out of a client's request. Reads parsed texts, so no spelling of JSON hides a marker.
 * @throws TokenhubError invalid_directive for a malformed one in a place where it is honoured.
 */
export function readDirectives(
  document: JsonDocument,
  { dialect, inband, keys }: { dialect: Dialect; inband: Inband; keys: DirectiveKeys },
): Read {
  const messages: { readonly texts: readonly string[]; readonly speaker: Speaker }[] = [];
  let suspect: true | undefined;
  let stripped = 0;
  const value = PLACES[dialect](document.value, (texts, speaker) => {
    messages.push({ texts, speaker });
    if (!texts.some(hasMarker)) return texts;
    suspect = true;
    return texts.map((text) => {
      const { text: rest, count } = strip(text);
      stripped += count;
      return rest;
    });
  });
  if (!suspect) return { document, directives: NONE, suspect };
  const last = messages.findLast(({ speaker }) => speaker === "user");
  const honoured = messages.filter(({ speaker }) => speaker === "system" && inband !== "off");
  if (last && inband === "user") honoured.push(last);
  const unknown = new Set<string>();
  const said = honoured.reduce<Sayings>((earlier, { texts }) => {
    const pairs = firstDirective(texts);
    return pairs ? mergeSayings(earlier, readPairs(pairs, { keys, unknown })) : earlier;
  }, new Map());
  const idle = stripped === 0 ? "none" : "ignored";
  const directives: Directives = {
    ...askedOf(said, keys),
    state: said.size > 0 ? "applied" : idle,
    unknown: [...unknown].filter((key) => PLAIN.test(key)).slice(0, UNKNOWN_MAX),
    stripped,
  };
  return { document: rewritten(document, value), directives, suspect };
}

/** The document with the members of `value` that differ; elements of lists that are the same keep their bytes. */
function rewritten(document: JsonDocument, value: JsonDocument["value"]): JsonDocument {
  if (value === document.value) return document;
  const changes: Record<string, string> = {};
  for (const [key, after] of Object.entries(value)) {
    const before = document.value[key];
    if (after !== before) changes[key] = rawOf(after, before, rawMember(document, key));
  }
  return parseDocument(new TextEncoder().encode(splice(document, changes)), LIMITS);
}

function rawOf(after: unknown, before: unknown, raw: string | undefined): string {
  const isPatch = Array.isArray(after) && Array.isArray(before) && after.length === before.length;
  if (!isPatch || raw === undefined) return JSON.stringify(after);
  const raws = elementsOf(raw);
  const elements = after.map((element, at) =>
    element === before[at] ? (raws[at] ?? JSON.stringify(element)) : JSON.stringify(element),
  );
  return `[${elements.join(",")}]`;
}

/**
 * The last check before sending: no text of people in this body has a directive.
 * @throws TokenhubError strip_invariant when one has; also for a body that is no JSON object.
 */
export function assertStripped(body: string | Uint8Array, dialect: Dialect): void {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const value = parse(text);
  if (!isObject(value)) throw new TokenhubError("strip_invariant");
  PLACES[dialect](value, (texts) => {
    if (texts.some((one) => strip(one).count > 0)) throw new TokenhubError("strip_invariant");
    return texts;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
