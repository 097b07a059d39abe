import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSseDecoder, frame, type SseEvent } from "../../../src/wire/sse.ts";
import { runs } from "../../fakes/long.ts";

const LINE_BYTES_MAX = 4096;
const UTF8 = new TextEncoder();

function decode(chunks: Iterable<Uint8Array>, lineBytesMax = LINE_BYTES_MAX): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax });
  const events: SseEvent[] = [];
  for (const chunk of chunks) events.push(...decoder.push(chunk));
  return events;
}

const decodeText = (text: string) => decode([UTF8.encode(text)]);

/** Pieces of these sizes in turn, some empty; each is overwritten after use, as a socket's buffer may be. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const isLast = turn % sizes.length === sizes.length - 1;
    const size = Math.max(sizes[turn % sizes.length] ?? 0, isLast ? 1 : 0);
    const piece = bytes.slice(at, at + size);
    yield piece;
    piece.fill(0x78);
    at += size;
  }
}

/** The standard read aloud: the whole text at once, line by line. */
function reference(bytes: Uint8Array): SseEvent[] {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  const events: SseEvent[] = [];
  let data: string[] = [];
  let event = "";
  for (const line of lines.slice(0, -1)) {
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === "") {
      if (data.length > 0) events.push({ event: event || undefined, data: data.join("\n") });
      data = [];
      event = "";
    } else if (name === "data") data.push(value);
    else if (name === "event") event = value;
  }
  return events;
}

describe("decoding", () => {
  test.each([
    ["data: a\n\n", [{ data: "a" }]],
    ["data:a\ndata:  b\ndata\n\n", [{ data: "a\n b\n" }]],
    ["event: x\ndata: a\n\ndata: b\n\n", [{ event: "x", data: "a" }, { data: "b" }]],
    ["event: x\n\ndata: b\n\n", [{ data: "b" }]],
    ["event: x\nevent\ndata: b\n\n", [{ data: "b" }]],
    [": comment\n\n:\nid: 1\nretry: 5\ndatax: no\n data: no\ndata: a\n\n", [{ data: "a" }]],
    ["\ufeffdata: a\n\n", [{ data: "a" }]],
    ["data: a\n\n\ufeffdata: b\n\n", [{ data: "a" }]],
    ["data: a\r\n\r\ndata: b\r\rdata: c\n\r\n", [{ data: "a" }, { data: "b" }, { data: "c" }]],
    ["data\n\n", [{ data: "" }]],
    ["data: a\n\ndata: b\n", [{ data: "a" }]],
    ["data: a\n\ndata: b", [{ data: "a" }]],
  ])("%j gives %j", (text, events) => {
    expect(decodeText(text)).toEqual(events.map((event) => ({ event: undefined, ...event })));
  });

  test("bytes that are no UTF-8 become U+FFFD and hurt nothing else", () => {
    const bytes = Uint8Array.of(
      ...UTF8.encode("data: a"),
      0xe2,
      0x82,
      ...UTF8.encode("\n\ndata: b\n\n"),
    );
    expect(decode([bytes]).map((event) => event.data)).toEqual(["a\ufffd", "b"]);
  });

  test("random streams decode the same however they are cut and whatever ends their lines", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const line = fc.oneof(
      text.map((value) => `data: ${value}`),
      text.map((value) => `data:${value}`),
      text.map((value) => `event: ${value}`),
      fc.constantFrom("", "", "", "data", "data:", ": ping", "id: 7", "retry: 1", "event"),
      text,
    );
    const lines = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 25 });
    const sizes = fc.array(fc.nat(9), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lines, sizes, text, fc.boolean(), (list, pieces, tail, hasMark) => {
        const whole = list.map(([content, end]) => content + end).join("") + tail;
        const bytes = UTF8.encode((hasMark ? "\ufeff" : "") + whole);
        const expected = reference(bytes);
        expect(decode([bytes])).toEqual(expected);
        expect(decode(cut(bytes, pieces))).toEqual(expected);
      }),
      { numRuns: runs(2_000, 20_000) },
    );
  });
});

describe("bounds", () => {
  const tooLong = expect.objectContaining({ class: "transient", what: "sse-line-too-long" });
  const pushAll = (text: string, sizes: number[], max: number) => () =>
    decode(cut(UTF8.encode(text), sizes), max);

  test.each([[[1]], [[3]], [[1_000]]])(
    "cut into %j, a line may be as long as the limit",
    (sizes) => {
      const line = `data: ${"é".repeat(47)}`;
      expect(UTF8.encode(line)).toHaveLength(100);
      expect(pushAll(`${line}\n\n`, sizes, 100)()).toHaveLength(1);
      expect(pushAll(`${line}x\n\n`, sizes, 100)).toThrow(tooLong);
      expect(pushAll(`:ok\n${line}x\r\n`, sizes, 100)).toThrow(tooLong);
    },
  );

  test("a line that never ends, and an event that never ends, are refused early", () => {
    const decoder = createSseDecoder({ lineBytesMax: 1000 });
    const spaces = new Uint8Array(100).fill(0x20);
    for (let turn = 0; turn < 10; turn++) decoder.push(spaces);
    expect(() => decoder.push(spaces)).toThrow(tooLong);
    expect(pushAll("data: 0123456789\n".repeat(92), [64], 1000)).toThrow(tooLong);
    expect(pushAll("data\n".repeat(1002), [64], 1000)).toThrow(tooLong);
  });

  test("a megabyte that trickles in byte by byte costs linear work", () => {
    const bytes = UTF8.encode(`data: ${"x".repeat(1_000_000)}\n\n`);
    const [event] = decode(cut(bytes, [1]), 1024 * 1024);
    expect(event?.data).toHaveLength(1_000_000);
  });

  test("mutated streams never crash and never give more than came in", () => {
    const good = UTF8.encode(
      'data: {"a":"☕"}\n\n: ping\r\n\r\nevent: x\rdata: 1\ndata: 2\r\n\r\ndata: [DONE]\n\n',
    );
    const mutation = fc.tuple(
      fc.nat(good.length - 1),
      fc.nat(255),
      fc.constantFrom("set", "drop", "double"),
    );
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 8 }), fc.nat(40), (mutations, size) => {
        const bytes = [...good];
        for (const [at, byte, what] of mutations) {
          if (what === "set") bytes[at] = byte;
          else if (what === "drop") bytes.splice(at, 3);
          else bytes.splice(at, 0, ...bytes.slice(at, at + 9));
        }
        const input = Uint8Array.from(bytes);
        const events = decode(cut(input, [size]), 1000);
        expect(events).toEqual(reference(input));
        expect(events.reduce((sum, event) => sum + event.data.length, 0)).toBeLessThan(
          input.length,
        );
      }),
      { numRuns: runs(5_000, 100_000) },
    );
  });
});

describe("framing", () => {
  test("a frame decodes to the one event it was made of", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom(undefined, "tokenhub.decision"),
        (data, event) => {
          const lines = data.replace(/\r\n?/g, "\n");
          expect(decodeText(frame({ event, data }))).toEqual([{ event, data: lines }]);
        },
      ),
      { numRuns: runs(1_000, 50_000) },
    );
  });

  test.each(["a\nevent: evil", "a\r\nid: 1\n\ndata: b", "a\r\rretry: 1", "a\n\nb"])(
    "%j can start no field and no second event",
    (data) => {
      const text = frame({ data });
      expect(
        text
          .slice(0, -1)
          .split(/[\r\n]/)
          .slice(0, -1)
          .every((line) => line.startsWith("data: ")),
      ).toBe(true);
      expect(decodeText(text)).toHaveLength(1);
    },
  );
});
