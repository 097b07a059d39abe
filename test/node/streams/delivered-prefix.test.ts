/**
 * Whatever an upstream does in the middle of a stream, the client gets exactly what was delivered before,
 * under one model, and an error in place of the success marker. The core alone, every byte scripted.
 */
import { expect, test } from "vitest";
import { eventsOf, type StreamEvent } from "../../fakes/client.ts";
import {
  type Delivered,
  delivered,
  type FaultyStream,
  faultyStream,
  goodStream,
} from "../../fakes/faulty-stream.ts";
import { type Isolate, PAIR, startIsolate } from "../../fakes/isolate.ts";
import { runs } from "../../fakes/long.ts";
import {
  replyOf,
  reset,
  type ScriptedSource,
  scriptedSource,
} from "../../fakes/scripted-source.ts";

const STREAMS = runs(500, 10_000);

interface Told {
  readonly status: number;
  readonly model: string;
  readonly events: readonly StreamEvent[];
}

function sourceOf({ pieces, ending }: FaultyStream): ScriptedSource {
  const last = { end: undefined, reset: reset(), hang: "hang" } as const;
  return scriptedSource([...pieces, last[ending]]);
}

/** Asks the chain of `a` (broken) and `b` (good) for a stream, and reads it to its end. */
async function ask(isolate: Isolate, usageWanted: boolean): Promise<Told> {
  const response = await isolate.platform.clock.until(
    isolate.ask({
      model: "chain",
      stream: true,
      ...(usageWanted ? { stream_options: { include_usage: true } } : {}),
    }),
  );
  const text = await isolate.platform.clock.until(response.text());
  const events = eventsOf(text);
  const told = response.headers.get("x-tokenhub-model");
  // A stream that had to be committed before anybody spoke tells who did at its end.
  const model = told === "pending" ? TRUTH.exec(events.at(-2)?.data ?? "")?.[1] : told;
  return { status: response.status, model: model ?? "", events };
}

const TRUTH = /^tokenhub model=(\S+) /;

/** Everything that one run shows. */
interface Run {
  /** Says which run it was. */
  readonly how: string;
  readonly broken: FaultyStream;
  readonly isolate: Isolate;
  readonly bad: ScriptedSource;
  readonly told: Told;
  /** Data of every event that the client got. */
  readonly data: readonly string[];
  readonly ofA: Delivered;
  readonly ofB: Delivered;
}

async function run(seed: number): Promise<Run> {
  const broken = faultyStream(seed);
  const bad = sourceOf(broken);
  const good = goodStream(seed + STREAMS);
  const isolate = await startIsolate({ registry: PAIR, seed });
  isolate.platform.answer(({ url }) =>
    replyOf(url.startsWith("https://a.") ? bad : scriptedSource(good)),
  );
  const usageWanted = seed % 2 === 0;
  const told = await ask(isolate, usageWanted);
  const data = told.events.filter(({ name }) => name === "message").map((event) => event.data);
  return {
    how: `${seed} ${broken.fault}`,
    broken,
    isolate,
    bad,
    told,
    data,
    ofA: delivered(broken.pieces, { modelId: "one", usageWanted }),
    ofB: delivered(good, { modelId: "two", usageWanted }),
  };
}

/** The three ways in which it may go, and what results its attempts then have. */
const WAYS = {
  /** The fault came after the success marker. */
  whole({ how, data, ofA }) {
    expect(data, how).toEqual([...ofA.data, "[DONE]"]);
    return ["ok"];
  },
  failedOver({ how, data, broken, ofA, ofB }) {
    // Only what came in one piece with its fault may be lost to a failover.
    const apart = broken.ending !== "end" || broken.fault === "end";
    if (apart) expect(ofA.hasContent, how).toBe(false);
    expect(data, how).toEqual([...ofB.data, "[DONE]"]);
    return ["transient", "ok"];
  },
  broken({ how, data, told, ofA }) {
    expect(ofA.hasContent, how).toBe(true);
    expect(data.slice(0, -1), how).toEqual(ofA.data);
    expect(JSON.parse(data.at(-1) ?? ""), how).toMatchObject({ error: { code: "upstream_error" } });
    expect(
      told.events.filter(({ name }) => name === "comment"),
      how,
    ).toEqual([]);
    return ["transient"];
  },
} as const satisfies Record<string, (run: Run) => readonly string[]>;

/** The log has the request once, as the client saw it; nothing is left open. */
async function checkAfterwards({ how, told, data, isolate, bad, broken }: Run, results: unknown) {
  const isGood = data.at(-1) === "[DONE]";
  const [row, ...others] = await isolate.rows();
  expect(others, how).toEqual([]);
  expect(row, how).toMatchObject({ status: 200, modelId: told.model });
  expect(row?.errorCode, how).toBe(isGood ? undefined : "upstream_error");
  const { attempts } = JSON.parse(row?.decision ?? "{}");
  expect(
    attempts.map((made: { result: string }) => made.result),
    how,
  ).toEqual(results);
  if (isGood) expect(TRUTH.exec(told.events.at(-2)?.data ?? "")?.[1], how).toBe(told.model);
  // The connection of a whole answer can be used again; no other stays open.
  expect(bad.ended() || bad.cancelled() || broken.ending === "reset", how).toBe(true);
  expect(isolate.gateway.openStreams.size, how).toBe(0);
  expect(isolate.gateway.inFlight.size, how).toBe(0);
  expect(isolate.platform.clock.pending(), `${how}: timers left`).toBeLessThanOrEqual(1);
}

test(`${STREAMS} streams broken at a random byte: exactly the delivered prefix, or nothing of it`, async () => {
  const seen = { whole: 0, broken: 0, failedOver: 0 };
  for (let seed = 1; seed <= STREAMS; seed += 1) {
    const one = await run(seed);
    expect(one.told.status, one.how).toBe(200);
    const failed = one.told.model === "two" ? "failedOver" : "broken";
    const way = one.ofA.complete ? "whole" : failed;
    seen[way] += 1;
    await checkAfterwards(one, WAYS[way](one));
  }
  // The generator reaches every case.
  for (const [way, count] of Object.entries(seen)) expect(count, way).toBeGreaterThan(STREAMS / 20);
}, 300_000);
