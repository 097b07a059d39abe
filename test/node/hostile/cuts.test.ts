/** Answers cut at any byte: before the first content nobody notices, after it the client is told. */
import { describe, expect, test } from "vitest";
import { eventsOf, saying, spoken } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { runs } from "../../fakes/long.ts";
import { STARTS } from "../../fakes/refusals.ts";
import { say } from "../../fakes/upstream-chat.ts";
import type { Fault } from "../../fakes/upstream-script.ts";

const CASES = ["reset", "drop", "end"] as const satisfies readonly Fault["kind"][];
const CUTS = runs(12, 200);
/** Every fault is asked of a model of its own, so that no breaker opens. */
const MODELS = 9 * CUTS + 3;

const spread = (bytes: number) =>
  Array.from({ length: CUTS }, (_, at) => Math.floor((at * (bytes - 1)) / (CUTS - 1)));

const bytesOf = (stream: boolean, frames: number) =>
  Buffer.byteLength(
    say({ model: "upstream-name", messages: [], stream }).frames.slice(0, frames).join(""),
  );
/** The first frame has the role only; the second says "Hello" and counts once it is whole. */
const SILENT_BYTES = bytesOf(true, 2) - 1;
const STREAM_BYTES = bytesOf(true, 99);
const WHOLE_BYTES = bytesOf(false, 1);

describe.each(STARTS)("%s", (_, start) => {
  const ids = Array.from({ length: MODELS }, (_, at) => `m${at}`);
  let asked = 0;
  const gateway = useGateway(start, {
    upstream: { models: { "upstream-name": {} } },
    registry: {
      providers: [{ id: "broken" }, { id: "steady" }],
      models: ids.map((id) => ({ id })),
      offers: ids.flatMap((model_id) => [
        {
          model_id,
          provider_id: "broken",
          upstream_name: "upstream-name",
          input_per_1k: 0,
          output_per_1k: 0,
        },
        {
          model_id,
          provider_id: "steady",
          upstream_name: "upstream-name",
          input_per_1k: 1,
          output_per_1k: 1,
        },
      ]),
    },
  });
  const ask = (stream: boolean, fault: Fault) => {
    gateway.upstream.next({ fault });
    return gateway.client.complete({
      model: ids[asked++],
      messages: saying("Hello?"),
      stream,
      tokenhub: { policy: { mode: "cheap" }, include_decision: true },
    });
  };

  test.each(CASES)("a whole answer cut by %s at any byte comes from elsewhere", async (kind) => {
    for (const atByte of spread(WHOLE_BYTES)) {
      const { status, body } = await ask(false, { kind, atByte });
      expect([status, atByte]).toEqual([200, atByte]);
      expect(body.choices[0]?.message.content).toBe("Hello from upstream.");
      const words = body.tokenhub?.decision.attempts.map(({ provider, what }) => [provider, what]);
      expect(words).toEqual([
        ["broken", expect.stringMatching(/^(reset|network|protocol|bad-answer)$/)],
        ["steady", "ok"],
      ]);
    }
  });

  test.each(CASES)(
    "a stream cut by %s before its first content comes from elsewhere",
    async (kind) => {
      for (const atByte of spread(SILENT_BYTES)) {
        const { status, text } = await ask(true, { kind, atByte });
        const events = eventsOf(text);
        expect([status, atByte, spoken(events)]).toEqual([200, atByte, "Hello from upstream."]);
        expect(events.at(-1)?.data).toBe("[DONE]");
        const told = JSON.parse(events.at(-2)?.data ?? "");
        const attempts: readonly { provider: string; what: string }[] = told.decision.attempts;
        expect(attempts.map(({ provider, what }) => [provider, what])).toEqual([
          ["broken", expect.stringMatching(/^(reset|network|ended-early)$/)],
          ["steady", "ok"],
        ]);
      }
    },
  );

  test.each(CASES)("a stream cut by %s after content ends with an error event", async (kind) => {
    for (const cut of spread(STREAM_BYTES - SILENT_BYTES - 20)) {
      const { status, text } = await ask(true, { kind, atByte: SILENT_BYTES + 1 + cut });
      const events = eventsOf(text);
      expect(status).toBe(200);
      expect("Hello from upstream.".startsWith(spoken(events))).toBe(true);
      expect(spoken(events)).not.toBe("");
      expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({
        error: { code: "upstream_error", request_id: expect.stringMatching(/^req_/) },
      });
      expect(text).not.toContain("[DONE]");
    }
  });

  test.each([
    ["too long", 500],
    ["one byte too long", 1],
    ["too short", -20],
  ])("a content-length that is %s makes a whole answer come from elsewhere", async (_how, by) => {
    const { status, body } = await ask(false, { kind: "wrong-length", by });
    expect(status).toBe(200);
    expect(body.tokenhub?.decision.attempts).toMatchObject([
      { provider: "broken", result: "transient" },
      { provider: "steady", result: "ok" },
    ]);
    // Bytes beyond the length told must not become the next answer on that connection.
    const { body: next } = await gateway.client.complete({ model: "m0", messages: saying("x") });
    expect(next.choices[0]?.message.content).toBe("Hello from upstream.");
  });
});
