/** The same faults over real connections, through both homes: the client gets a prefix, told apart from a whole. */
import { describe, expect, test } from "vitest";
import { eventsOf } from "../../fakes/client.ts";
import {
  delivered,
  type FaultyStream,
  faultyStream,
  goodStream,
} from "../../fakes/faulty-stream.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { runs } from "../../fakes/long.ts";
import type { Script } from "../../fakes/upstream-script.ts";

const STREAMS = runs(110, 500);
/** Each of these takes a whole idle period. */
const HANGS_MAX = 4;
const GOOD = goodStream(987_654);

const BROKEN = (() => {
  const chosen: FaultyStream[] = [];
  let hangs = 0;
  for (let seed = 1; chosen.length < STREAMS; seed += 1) {
    const stream = faultyStream(seed);
    if (stream.fault === "hang" && ++hangs > HANGS_MAX) continue;
    chosen.push(stream);
  }
  return chosen;
})();

function scriptOf({ seed, pieces, ending }: FaultyStream): Script {
  const atByte = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (ending === "reset") return { pieces, fault: { kind: "reset", atByte } };
  if (ending === "hang") return { pieces, fault: { kind: "stall", atByte } };
  // An HTTP message that breaks off, or one that ends well around an answer that does not.
  return seed % 2 === 0 ? { pieces, fault: { kind: "drop", atByte } } : { pieces };
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { "gpt-test": {}, "gpt-good": { pieces: GOOD } } },
    limits: { idleMs: 1_000, firstContentMs: 1_000, holdMs: 5_000 },
    registry: {
      providers: [{ id: "a" }, { id: "b" }],
      // A model of its own for each stream: breakers are kept by model.
      models: [
        ...BROKEN.map(({ seed }) => ({
          id: `m${seed}`,
          provider_id: "a",
          upstream_name: "gpt-test",
        })),
        { id: "good", provider_id: "b", upstream_name: "gpt-good" },
      ],
      aliases: BROKEN.map(({ seed }) => ({
        id: `chain${seed}`,
        strategy: "ordered",
        targets: [{ model_id: `m${seed}` }, { model_id: "good" }],
      })),
    },
  });

  test(`${STREAMS} broken streams`, async () => {
    const seen = { whole: 0, broken: 0, failedOver: 0 };
    const expectedB = delivered(GOOD, { modelId: "good", usageWanted: true }).data;
    for (const stream of BROKEN) {
      const { seed } = stream;
      const how = `${seed} ${stream.fault}`;
      gateway.upstream.next(scriptOf(stream));
      const { status, headers, text } = await gateway.client.complete({
        model: `chain${seed}`,
        stream: true,
        stream_options: { include_usage: true },
        messages: [{ role: "user", content: "Hello?" }],
      });
      expect(status, how).toBe(200);
      const data = eventsOf(text)
        .filter((event) => event.name === "message")
        .map((event) => event.data);
      const ofA = delivered(stream.pieces, { modelId: `m${seed}`, usageWanted: true });
      const last = data.pop() ?? "";
      if (headers["x-tokenhub-model"] === "good") {
        seen.failedOver += 1;
        expect(data, how).toEqual(expectedB);
        expect(last, how).toBe("[DONE]");
        expect(ofA.complete, how).toBe(false);
        continue;
      }
      expect(headers["x-tokenhub-model"], how).toBe(`m${seed}`);
      if (stream.fault === "reset") {
        // A reset may overtake bytes that were sent before it.
        expect(data, how).toEqual(ofA.data.slice(0, data.length));
      } else {
        expect(data, how).toEqual(ofA.data);
        expect(last === "[DONE]", how).toBe(ofA.complete);
      }
      if (last === "[DONE]") {
        seen.whole += 1;
      } else {
        seen.broken += 1;
        expect(JSON.parse(last), how).toMatchObject({ error: { code: "upstream_error" } });
      }
    }
    for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(3);
    // Good ends give their connection back; what broke did not drag others down.
    expect(gateway.upstream.accepted()).toBeLessThan(gateway.upstream.requests.length);
  }, 120_000);
});
