/**
 * Streams that break in the middle, of every dialect, to clients of every dialect, over real HTTP in both homes: the
 * client hears exactly what was said before, then its own dialect's error, and no sign of success.
 */
import { describe, expect, test } from "vitest";
import { type ChatDoor, DIALECT_PROVIDERS, DOORS, knock, PAIRS } from "../../fakes/doors.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { type HeardStream, heardStream } from "../../fakes/heard.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { runs } from "../../fakes/long.ts";
import { brokenStream, STREAM_ERRORS, saidSomething } from "../../fakes/pair-streams.ts";

const STREAMS = runs(10, 60);
/** Faults that cannot overtake what was said before them. */
const APART = ["end", "drop", "stall"];

/** A model of its own for each stream: breakers are kept by model. */
const BROKEN = PAIRS.flatMap(({ door, provider }, pair) =>
  Array.from({ length: STREAMS }, (_, index) => {
    const seed = pair * STREAMS + index;
    return { id: `m${seed}`, door, provider, seed };
  }),
);

function said({ text, calls }: Pick<HeardStream, "text" | "calls">) {
  return { text, calls: calls.map(({ name, arguments: input }) => ({ name, input })) };
}

/**
 * What a client of the door can have heard of it. Chat's calls run side by side and end together, Messages has one
 * block open at a time: there a second call waits for the end of the first.
 */
function audible(all: HeardStream, { door, provider }: { door: ChatDoor; provider: ChatDoor }) {
  const waits = door === "anthropic" && provider === "openai" && all.finish === "";
  return waits ? { ...all, calls: all.calls.slice(0, 1) } : all;
}

/** Is what was heard a beginning of what was said? */
function isPrefix(heard: HeardStream, all: HeardStream): boolean {
  return (
    all.text.startsWith(heard.text) &&
    heard.calls.every((call, index) => all.calls[index]?.arguments.startsWith(call.arguments))
  );
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    limits: { idleMs: 1_000, firstContentMs: 1_000, holdMs: 5_000 },
    registry: {
      providers: [...DIALECT_PROVIDERS, { id: "second" }],
      models: [
        ...BROKEN.map(({ id, provider }) => ({
          id,
          provider_id: provider,
          upstream_name: "up",
          capabilities: ["tools"],
        })),
        { id: "good", provider_id: "second", upstream_name: "up" },
      ],
      aliases: BROKEN.map(({ id }) => ({
        id: `chain-${id}`,
        strategy: "ordered",
        targets: [{ model_id: id }, { model_id: "good" }],
      })),
    },
  });

  /** What became of one stream. */
  async function run(
    door: ChatDoor,
    provider: ChatDoor,
    { id, seed }: { id: string; seed: number },
  ) {
    const broken = brokenStream(provider, seed);
    const how = `${seed} ${broken.fault}`;
    gateway.upstream.next(broken.script);
    const body = DOORS[door].body({ model: `chain-${id}`, text: "Hello?", stream: true });
    const { status, headers, text } = await knock(gateway.home, door, body);
    expect(status, how).toBe(200);
    const heard = heardStream(door, text);
    expect(heard.rest, how).toEqual([]);
    const { fault } = broken;
    const all = audible(broken.heard, { door, provider });
    if (headers.get("x-tokenhub-model") === "good") {
      expect(all.ended, how).toBe(false);
      if (APART.includes(fault)) expect(saidSomething(all), how).toBe(false);
      expect(heard, how).toMatchObject({ text: "Hello from upstream.", ended: true });
      return "failedOver";
    }
    expect(headers.get("x-tokenhub-model"), how).toBe(id);
    expect(saidSomething(all), how).toBe(true);
    // A reset may overtake bytes that were sent before it.
    if (fault === "reset") expect(isPrefix(heard, all), how).toBe(true);
    else expect([heard.ended, said(heard)], how).toEqual([all.ended, said(all)]);
    if (heard.ended) return "whole";
    expect(heard.error, how).toMatchObject(STREAM_ERRORS[door]);
    expect(text, how).not.toContain("Internal failure");
    return "broken";
  }

  test.each(PAIRS)(
    `${STREAMS} broken streams of $provider to $door`,
    async ({ door, provider }) => {
      const seen = { whole: 0, broken: 0, failedOver: 0 };
      for (const one of BROKEN.filter((each) => each.door === door && each.provider === provider)) {
        seen[await run(door, provider, one)] += 1;
      }
      // The seeds reach what matters.
      expect(seen.broken).toBeGreaterThan(1);
    },
    120_000,
  );
});
