/** Rows of the table about turns and their parts, each with the conversations that have it. */
import fc from "fast-check";
import type { Dialect } from "../../src/chat.ts";
import type { Citation, Media, Part } from "../../src/conversation.ts";
import { bytes, functions, words } from "./conversation-script.ts";
import {
  answering,
  asking,
  calling,
  offering,
  put,
  type Spice,
  thinking,
  type Way,
} from "./conversation-spice.ts";

const one = <Value extends string>(value: Value) => fc.constant(value);
const text = words.map((said): Part => ({ kind: "text", text: said }));
const cache = fc.constantFrom({ type: "ephemeral" }, { type: "ephemeral", ttl: "1h" });

/** A reference to bytes elsewhere. */
export const byUrl: fc.Arbitrary<Media> = fc.record({ by: one("url"), url: fc.webUrl() });
const byFile: fc.Arbitrary<Media> = fc.record({ by: one("file"), id: fc.uuid() });
const bytesOf = (...types: string[]): fc.Arbitrary<Media> =>
  fc.record({ by: one("base64"), mediaType: fc.constantFrom(...types), data: bytes });
const plainText = words.map((said) => ({
  by: "base64" as const,
  mediaType: "text/plain",
  data: btoa(String.fromCharCode(...new TextEncoder().encode(said))),
}));

const image = (source: fc.Arbitrary<Media>) => fc.record({ kind: one("image"), source });
const document = (source: fc.Arbitrary<Media>) => fc.record({ kind: one("document"), source });

/** Both kinds of media that every dialect but one takes from a tool. */
export const pictures = image(fc.oneof(byUrl, bytesOf("image/png", "image/jpeg")));
export const papers = document(bytesOf("application/pdf"));

const proof = (...of: Dialect[]) => fc.record({ of: fc.constantFrom(...of), data: bytes });

/** Dialects whose proofs the target cannot check, as far as the client's own dialect can carry them sealed. */
function strangers({ from, to }: Way): Dialect[] {
  const all = ["openai", "anthropic", "responses"] as const;
  return all.filter((of) => of !== to && (of !== from || from !== "responses"));
}

/** The same, where there are no words. */
function silent(way: Way): Dialect[] {
  return way.from === "responses" ? ["responses"] : strangers(way);
}

const thought =
  (values: (way: Way) => fc.Arbitrary<Part>): Spice =>
  (way) =>
    values(way).map((part) => (script) => thinking(script, part));

const reasoning = one("reasoning");
const sealed = one("redacted");

/** Name of the row → how it comes into a conversation. */
export const CONTENT_SPICES: Readonly<Record<string, Spice>> = {
  "system turn": put(text, (script, part) => ({ ...script, system: [part] })),
  "developer turn": put(text, (script, part) => ({ ...script, developer: [part] })),
  "system turn after the first message": put(text, (script, part) => ({
    ...script,
    late: [part],
  })),
  "name of a turn": put(words, (script, name) => ({
    ...script,
    exchanges: script.exchanges.map((exchange) => ({ ...exchange, name })),
  })),
  text: asking(text),
  "image by URL": asking(image(byUrl)),
  "image in base64": asking(image(bytesOf("image/png", "image/webp"))),
  "image by file id": asking(image(byFile)),
  "detail of an image": asking(
    fc.record({
      kind: one("image"),
      source: byUrl,
      detail: fc.constantFrom("low", "high", "auto"),
    }),
  ),
  "document by URL": asking(document(byUrl)),
  "PDF in base64": asking(papers),
  "text in base64": asking(document(plainText)),
  "other document in base64": asking(document(bytesOf("application/zip", "image/png"))),
  "document as text": asking(
    fc.record({
      kind: one("document"),
      source: fc.record({ by: one("text"), text: words }),
      title: fc.option(words, { nil: undefined }),
    }),
  ),
  "document by file id": asking(document(byFile)),
  "title of a document": asking(
    fc.record({ kind: one("document"), source: bytesOf("application/pdf"), title: words }),
  ),
  audio: asking(
    fc.record({ kind: one("audio"), format: fc.constantFrom("wav", "mp3"), data: bytes }),
  ),
  refusal: put(words, (script, said) => ({
    ...script,
    exchanges: script.exchanges.map((exchange) => ({
      ...exchange,
      said: [
        ...exchange.said.filter(({ kind }) => kind !== "refusal"),
        { kind: "refusal", text: said },
      ],
    })),
  })),
  "citation of a URL": (way) => answering(citing(way))(way),
  "citation of words": answering(
    fc
      .record({ text: words, title: fc.option(words, { nil: undefined }), quote: words })
      .map(({ text: said, ...citation }) => ({ kind: "text", text: said, citations: [citation] })),
  ),
  "reasoning that the target's dialect has proven": thought(({ to }) =>
    fc.record({ kind: reasoning, text: words, proof: proof(to) }),
  ),
  "other reasoning": thought((way) =>
    fc.oneof(
      fc.record({ kind: reasoning, text: words }),
      fc.record({ kind: reasoning, text: words, proof: proof(...strangers(way)) }),
    ),
  ),
  "other reasoning without words": thought((way) =>
    fc.record({ kind: reasoning, text: one(""), proof: proof(...silent(way)) }),
  ),
  "sealed reasoning of the target's dialect": thought(({ to }) =>
    fc.record({ kind: sealed, proof: proof(to) }),
  ),
  "other sealed reasoning": thought((way) =>
    fc.record({ kind: sealed, proof: proof(...strangers(way)) }),
  ),
  "mark of a prompt cache": (way) =>
    fc.oneof(
      ...[
        put(fc.tuple(words, cache), (script, [said, mark]) => ({
          ...script,
          system: [{ kind: "text", text: said, cache: mark }],
        })),
        asking(fc.record({ kind: one("text"), text: words, cache })),
        asking(fc.record({ kind: one("image"), source: byUrl, cache })),
        calling(cache, ({ call, result }, mark) => ({ call: { ...call, cache: mark }, result })),
        calling(cache, ({ call, result }, mark) => ({ call, result: { ...result, cache: mark } })),
        calling(fc.record({ kind: one("text"), text: words, cache }), ({ call, result }, part) => ({
          call,
          result: { ...result, parts: [...result.parts, part] },
        })),
        put(fc.tuple(functions, cache), (script, [tool, mark]) =>
          offering(script, { ...tool, cache: mark }),
        ),
      ].map((spice) => spice(way)),
    ),
};

/** Only Messages quotes, only Responses tells where. */
function citing({ from }: Way): fc.Arbitrary<Part> {
  const source = { url: fc.webUrl(), title: words };
  const place = fc.nat({ max: 9 });
  const citation: fc.Arbitrary<Citation> =
    from === "anthropic"
      ? fc.record({ ...source, quote: words })
      : fc.record({ ...source, start: place, end: place });
  const citations = fc.array(citation, { minLength: 1, maxLength: 2 });
  return fc.record({ kind: one("text"), text: words, citations });
}
