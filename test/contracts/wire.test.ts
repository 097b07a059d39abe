import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../../src/chat.ts";
import { AttemptFault, TokenhubError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { WIRES } from "../../src/wire/index.ts";
import { parseDocument } from "../../src/wire/json.ts";
import { createSseDecoder } from "../../src/wire/sse.ts";
import { runs } from "../fakes/long.ts";
import { replyContext } from "../fakes/reply-context.ts";
import { SAMPLES, type Samples } from "../fakes/wire-samples.ts";

const UTF8 = new TextEncoder();

function decode(frames: string) {
  return createSseDecoder({ lineBytesMax: LIMITS.sseLineBytesMax }).push(UTF8.encode(frames));
}

/** Every event name that a dialect of its own sends; others are ours. */
const NAME = /^[a-z_.]{1,80}$/;

describe.each(Object.entries(WIRES))("wire %s", (name, wire) => {
  const samples: Samples = SAMPLES[name as Dialect];
  const document = () => parseDocument(UTF8.encode(samples.request), LIMITS);
  const request = () => wire.readRequest(document());
  const error = new TokenhubError("rate_limited", { param: "model" });
  const isChat = samples.events.length > 0;
  const cap = isChat ? 100 : 0;
  const open = (usageWanted = true) =>
    wire.openStream(replyContext({ modelId: "m", usageWanted, request: request() }));
  const event = (data: string) => ({ event: undefined, data });

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
      control: { policy: { mode: "cheap" } },
      facts: { stream: isChat, outputTokensMax: cap, choices: 1, needs: [] },
    });
    expect(request().facts.kind).toBe(isChat ? "chat" : "embedding");
    expect(request().facts.promptTokensUpper).toBeGreaterThan(request().facts.promptTokens);
  });

  test("what is written for a provider keeps the client's bytes and drops control data", () => {
    const text = written(request(), { upstreamName: "up/m", outputTokensMax: undefined });
    for (const piece of samples.untouched) expect(text).toContain(piece);
    expect(text).not.toContain("tokenhub");
    expect(text).not.toContain("public-model");
  });

  test("what is written reads back as the same request to the provider's model, with usage", () => {
    const outputTokensMax = isChat ? 40 : undefined;
    const text = written(request(), { upstreamName: "up/m", outputTokensMax });
    const again = wire.readRequest(parseDocument(UTF8.encode(text), LIMITS));
    expect(again).toMatchObject({ target: "up/m", control: undefined });
    if (isChat) expect(again.usageWanted).toBe(true);
    expect(again.facts).toEqual({ ...request().facts, outputTokensMax: outputTokensMax ?? cap });
  });

  test("a cap never rises above the client's own", () => {
    const text = written(request(), { upstreamName: "up/m", outputTokensMax: 5_000 });
    const again = wire.readRequest(parseDocument(UTF8.encode(text), LIMITS));
    expect(again.facts.outputTokensMax).toBe(cap);
  });

  test("writing twice for two providers leaks nothing from one to the other", () => {
    const read = request();
    wire.writeRequest(read, { upstreamName: "first", outputTokensMax: 1 });
    const second = written(read, { upstreamName: "second", outputTokensMax: undefined });
    expect(second).not.toContain("first");
    if (isChat) expect(second).toContain("100");
  });

  test("an answer carries the public model, keeps unknown members, and takes extras", () => {
    const completionTokens = isChat ? 2 : 0;
    expect(wire.readAnswer(samples.answer)).toMatchObject({
      usage: { promptTokens: 3, completionTokens },
      finish: samples.finish,
      outputChars: completionTokens,
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

  test("the error body tells code or type, and the request id", () => {
    const body = JSON.stringify(wire.errorBody(error, "req_1"));
    expect(body).toMatch(/rate_limit.*req_1/);
    expect(body).toContain(error.message);
  });

  if (!isChat) return;

  test("events are told apart, patched and framed one by one", () => {
    const path = open();
    let usage: unknown;
    for (const [kind, data] of samples.events) {
      const facts = path.push(event(data));
      expect([facts.kind, data]).toEqual([kind, data]);
      usage = facts.usage ?? usage;
      const [sent, ...more] = decode(facts.frame);
      expect(more).toEqual([]);
      expect(facts.frame).not.toContain("secret");
      expect(sent?.data).toBeDefined();
      if (data.includes("12345678901234567890"))
        expect(facts.frame).toContain("12345678901234567890");
    }
    expect(usage).toMatchObject({ promptTokens: 3, completionTokens: 2 });
  });

  test("the public model stands in every event that names one", () => {
    const path = open();
    const frames = samples.events.map(([, data]) => path.push(event(data)).frame).join("");
    expect(frames).toContain('"model":"m"');
  });

  test("an upstream's error event is told with its error and never passed on", () => {
    const facts = open().push(event(samples.errorEvent));
    expect(facts.kind).toBe("error");
    expect(facts.error).toBeDefined();
    expect(facts.frame).toBe("");
  });

  test("our own error frames read as an error, before the first event and after one", () => {
    const path = open();
    path.push(event(samples.events[0]?.[1] ?? ""));
    for (const frames of [wire.errorFrame(error, "req_1"), path.errorFrame(error, "req_1")]) {
      const [sent, ...more] = decode(frames);
      expect(more).toEqual([]);
      expect(open().push(event(sent?.data ?? "")).kind).toBe("error");
      expect(frames).toContain(error.message);
    }
  });

  test("the sign of life is nothing that a client could take for an answer", () => {
    const [sent] = decode(wire.aliveFrame);
    expect(sent === undefined || open().push(sent).kind === "other").toBe(true);
    expect(wire.aliveFrame.endsWith("\n\n")).toBe(true);
  });

  test("no event text makes reading or writing throw, or a frame with a name of the upstream's", {
    timeout: runs(20_000, 600_000),
  }, () => {
    const all = [...samples.events.map(([, data]) => data), samples.errorEvent];
    const mutated = fc
      .tuple(fc.constantFrom(...all), fc.nat(), fc.string())
      .map(([data, at, junk]) => {
        const cut = at % data.length;
        return data.slice(0, cut) + junk + data.slice(cut + junk.length);
      });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(mutated, fc.json(), fc.string()), { maxLength: 4 }),
        (texts) => {
          const path = open();
          for (const data of texts) {
            const { frame } = path.push({ event: "evil\nid: 1", data });
            for (const sent of decode(frame)) expect(sent.event ?? "none").toMatch(NAME);
            expect(frame).not.toMatch(/^(id|retry):/m);
          }
        },
      ),
      { numRuns: runs(2_000, 100_000) },
    );
  });
});
