import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../../src/chat.ts";
import { AttemptFault, TokenhubError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { WIRES } from "../../src/wire/index.ts";
import { parseDocument } from "../../src/wire/json.ts";
import { createSseDecoder } from "../../src/wire/sse.ts";
import { runs } from "../fakes/long.ts";

/** What a dialect must bring to be tested; texts have odd spacing, an unknown member and a big integer on purpose. */
interface Samples {
  /** A streamed request with `tokenhub` control data, output cap 100, and no wish for usage. */
  readonly request: string;
  /** Its first bytes up to the model's value: they must survive. */
  readonly untouched: readonly string[];
  readonly answer: string;
  /** Content, finish, usage, in this order. */
  readonly events: readonly string[];
  readonly errorEvent: string;
}

const SAMPLES = {
  openai: {
    request:
      '{ "user_tag":12345678901234567890,"model" : "public-model","messages":[ {"role":"user","content":"h\\u00e9llo"} ],"stream":true,"max_tokens":100,"tokenhub":{"policy":{"mode":"cheap"}} }',
    untouched: [
      '{ "user_tag":12345678901234567890,',
      '[ {"role":"user","content":"h\\u00e9llo"} ]',
    ],
    answer:
      '{"id":"a", "model":"upstream/secret-name","choices":[{"index":0,"message":{"role":"assistant","content":"hi","x":12345678901234567890},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
    events: [
      '{"id":"a", "model":"upstream/secret-name","choices":[{"index":0,"delta":{"content":"hi","x":12345678901234567890}}]}',
      '{"id":"a","model":"upstream/secret-name","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
      '{"id":"a","model":"upstream/secret-name","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
    ],
    errorEvent: '{"error":{"message":"secret upstream text","code":500}}',
  },
} as const satisfies Record<Dialect, Samples>;

const UTF8 = new TextEncoder();
const KINDS = ["content", "finish", "usage"];

function decode(frames: string) {
  return createSseDecoder({ lineBytesMax: LIMITS.sseLineBytesMax }).push(UTF8.encode(frames));
}

describe.each(Object.entries(WIRES))("wire %s", (name, wire) => {
  const samples: Samples = SAMPLES[name as Dialect];
  const document = () => parseDocument(UTF8.encode(samples.request), LIMITS);
  const request = () => wire.readRequest(document());
  const error = new TokenhubError("rate_limited", { param: "model" });

  /** As text, whatever it is sent as. */
  const written = (...given: Parameters<typeof wire.writeRequest>) => {
    const body = wire.writeRequest(...given);
    return typeof body === "string" ? body : new TextDecoder().decode(body);
  };

  test("it is filed under its own name", () => {
    expect(wire.dialect).toBe(name);
    expect(wire.path).toMatch(/^\//);
  });

  test("a request tells its target, its facts and its control data", () => {
    expect(request()).toMatchObject({
      target: "public-model",
      usageWanted: false,
      control: { policy: { mode: "cheap" } },
      facts: { stream: true, outputTokensMax: 100, choices: 1, needs: [] },
    });
    expect(request().facts.promptTokensUpper).toBeGreaterThan(request().facts.promptTokens);
  });

  test("what is written for a provider keeps the client's bytes and drops control data", () => {
    const text = written(request(), { upstreamName: "up/m", outputTokensMax: undefined });
    for (const piece of samples.untouched) expect(text).toContain(piece);
    expect(text).not.toContain("tokenhub");
    expect(text).not.toContain("public-model");
  });

  test("what is written reads back as the same request to the provider's model, with usage", () => {
    const text = written(request(), { upstreamName: "up/m", outputTokensMax: 40 });
    const again = wire.readRequest(parseDocument(UTF8.encode(text), LIMITS));
    expect(again).toMatchObject({ target: "up/m", usageWanted: true, control: undefined });
    expect(again.facts).toEqual({ ...request().facts, outputTokensMax: 40 });
  });

  test("a cap never rises above the client's own", () => {
    const text = written(request(), { upstreamName: "up/m", outputTokensMax: 5_000 });
    const again = wire.readRequest(parseDocument(UTF8.encode(text), LIMITS));
    expect(again.facts.outputTokensMax).toBe(100);
  });

  test("writing twice for two providers leaks nothing from one to the other", () => {
    const read = request();
    wire.writeRequest(read, { upstreamName: "first", outputTokensMax: 1 });
    const second = wire.writeRequest(read, { upstreamName: "second", outputTokensMax: undefined });
    expect(second).not.toContain("first");
    expect(second).toContain("100");
  });

  test("an answer carries the public model, keeps unknown members, and takes extras", () => {
    expect(wire.readAnswer(samples.answer)).toMatchObject({
      usage: { promptTokens: 3, completionTokens: 2 },
      finish: "stop",
      outputChars: 2,
    });
    const text = wire.writeAnswer(samples.answer, { modelId: "m", extra: { decision: { a: 1 } } });
    expect(JSON.parse(text)).toMatchObject({ model: "m", decision: { a: 1 } });
    expect(text).toContain("12345678901234567890");
    expect(text).not.toContain("secret");
  });

  test.each(["", "null", "[]", "{}", "<html>", '{"error":{"message":"x"}}', '{"error":"x"}'])(
    "%j with status 200 is no answer but a transient fault",
    (text) => {
      expect(() => wire.readAnswer(text)).toThrow(
        expect.objectContaining({ class: "transient", name: "AttemptFault" }),
      );
    },
  );

  test("events are told apart, patched and framed one by one", () => {
    for (const [index, data] of samples.events.entries()) {
      const facts = wire.readEvent(data);
      expect(facts.kind).toBe(KINDS[index]);
      const frame = wire.writeEvent(data, facts, { modelId: "m", usageWanted: true }) ?? "";
      const [event, ...more] = decode(frame);
      expect(more).toEqual([]);
      expect(JSON.parse(event?.data ?? "")).toEqual({ ...JSON.parse(data), model: "m" });
      expect(frame).not.toContain("secret");
    }
  });

  test("usage that was not asked for is read but hidden", () => {
    const data = samples.events[2] ?? "";
    const facts = wire.readEvent(data);
    expect(facts.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 });
    expect(wire.writeEvent(data, facts, { modelId: "m", usageWanted: false })).toBeUndefined();
  });

  test("an upstream's error event is told with its error and never passed on", () => {
    const facts = wire.readEvent(samples.errorEvent);
    expect(facts.kind).toBe("error");
    expect(facts.error).toBeDefined();
    const patch = { modelId: "m", usageWanted: true };
    expect(wire.writeEvent(samples.errorEvent, facts, patch)).toBeUndefined();
  });

  test("our own error frame reads as an error, with code and request id", () => {
    const [event, ...more] = decode(wire.errorFrame(error, "req_1"));
    expect(more).toEqual([]);
    expect(wire.readEvent(event?.data ?? "").kind).toBe("error");
    expect(JSON.stringify(wire.errorBody(error, "req_1"))).toMatch(/rate_limited.*req_1/);
  });

  test("the terminator frame reads as the terminator", () => {
    const [event] = decode(wire.terminatorFrame);
    expect(wire.readEvent(event?.data ?? "").kind).toBe("terminator");
  });

  test("no event text makes reading or writing throw, or a frame that is not exactly one data event", () => {
    const mutated = fc
      .tuple(fc.constantFrom(...samples.events, samples.errorEvent), fc.nat(), fc.string())
      .map(([data, at, junk]) => {
        const cut = at % data.length;
        return data.slice(0, cut) + junk + data.slice(cut + junk.length);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.json(), fc.string()), (data) => {
        const facts = wire.readEvent(data);
        const frame = wire.writeEvent(data, facts, { modelId: "m", usageWanted: true });
        if (frame === undefined) return;
        const events = decode(frame);
        expect(events).toHaveLength(1);
        expect(events[0]?.event).toBeUndefined();
        if (facts.kind !== "terminator") {
          expect(JSON.parse(events[0]?.data ?? "")).toHaveProperty("model", "m");
        }
      }),
      { numRuns: runs(5_000, 100_000) },
    );
  });

  test("no answer text makes reading fail with anything but a fault", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          wire.readAnswer(text);
        } catch (fault) {
          expect(fault).toBeInstanceOf(AttemptFault);
        }
      }),
      { numRuns: runs(1_000, 50_000) },
    );
  });
});
