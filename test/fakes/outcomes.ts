/** Outcomes, log rows and calls to make up what actors see. */
import fc from "fast-check";
import { ALERT_EVENTS } from "../../src/administration.ts";
import { FAULTS, type FaultClass } from "../../src/errors.ts";
import type { Outcome, ProviderView, RequestRow } from "../../src/platform.ts";
import { ledgerScript } from "./ledger-script.ts";
import { runScript } from "./run-script.ts";

/** One good, unstreamed answer; overridden by what is given. */
export function outcome(given: Partial<Outcome> = {}): Outcome {
  return {
    modelId: "m",
    credential: "KEY",
    result: "ok",
    atMs: 0,
    latencyMs: 1_000,
    ttftMs: undefined,
    usage: undefined,
    promptTokensEstimated: 100,
    limits: {},
    ...given,
  };
}

export function requestRow(id: string, given: Partial<RequestRow> = {}): RequestRow {
  return {
    id,
    clientRequestId: undefined,
    atMs: 1,
    keyId: "key_a",
    door: "openai",
    mode: "normal",
    modelId: "m",
    providerId: "p",
    status: 200,
    errorCode: undefined,
    stream: false,
    attempts: 1,
    promptTokens: 1,
    completionTokens: 1,
    costNanoUsd: 1,
    costIsEstimate: false,
    latencyMs: 1,
    ttftMs: undefined,
    overheadMs: 1,
    reason: "mode=normal",
    decision: "{}",
    meta: undefined,
    ...given,
  };
}

/** Objects as code makes them: what has no prototype cannot cross an RPC. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
const dictionary = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
  fc.dictionary(key, value, { noNullPrototype: true });

const results = Object.keys(FAULTS) as FaultClass[];
const count = fc.nat({ max: 5_000 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const limits = record({
  retryAfterMs: maybe(fc.integer({ min: 250, max: 3_600_000 })),
  requestsRemaining: maybe(fc.nat({ max: 100 })),
  requestsLimit: maybe(fc.nat({ max: 100 })),
  resetMs: maybe(fc.integer({ min: 250, max: 3_600_000 })),
});

const usage = record({
  promptTokens: count,
  completionTokens: count,
  cachedTokens: count,
  cacheWriteTokens: count,
  reasoningTokens: count,
});

/** Any outcome near `atMs`, of few models and credentials. */
function outcomeNear(atMs: number): fc.Arbitrary<Outcome> {
  return record({
    modelId: fc.constantFrom("a", "b/c", "__proto__"),
    credential: fc.constantFrom("none", "KEY"),
    result: fc.constantFrom<Outcome["result"]>("ok", "ok", "transient", "aborted", ...results),
    atMs: fc.integer({ min: -5_000, max: 5_000 }).map((ms) => atMs + ms),
    latencyMs: fc.nat({ max: 60_000 }),
    ttftMs: maybe(fc.nat({ max: 30_000 })),
    usage: maybe(usage),
    promptTokensEstimated: count,
    limits,
  });
}

/** Calls to one object, in order. */
export type Script = readonly { readonly method: string; readonly args: readonly unknown[] }[];

/** Times go on in steps, and now and then back or far ahead. */
const clock = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -7_200_000, max: 7_200_000 }) },
);

const providerScript: fc.Arbitrary<Script> = fc
  .array(clock, { minLength: 1, maxLength: 12 })
  .chain((steps) => {
    let nowMs = 1_800_000_000_000;
    const calls = steps.map((step) => {
      nowMs += step;
      const atMs = nowMs;
      const observe = fc
        .array(outcomeNear(atMs), { maxLength: 12 })
        .map((list) => ({ method: "observe", args: [list, atMs] }));
      return fc.oneof(
        { weight: 3, arbitrary: observe },
        { weight: 1, arbitrary: fc.constant({ method: "view", args: [atMs] }) },
      );
    });
    return fc.tuple(...calls);
  });

const bucketViews = dictionary(
  fc.constantFrom("KEY\na", "KEY\n*", "*\na"),
  record({
    throttledUntilMs: fc.nat(),
    reason: fc.constantFrom(undefined, ...results),
    headroom: fc.constantFrom(0, 0.5, 1),
  }),
);
const providerView: fc.Arbitrary<ProviderView> = bucketViews.map((bucket) => ({
  pulse: {},
  bucket,
}));

const call = (method: string, ...args: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...args).map((values) => ({ method, args: values }));

const series = fc.constantFrom("a_total", 'b_total{x="1"}', "c");
const delta = record({
  counters: dictionary(series, count),
  histograms: dictionary(series, record({ counts: fc.array(count, { maxLength: 4 }), sum: count })),
});

const rowId = fc.nat({ max: 20 }).map((n) => `req_${n}`);

const messageId = fc.constantFrom("msg_1", "msg_2", "msg_3", "__proto__", "x".repeat(300));
const place = record({
  providerId: fc.constantFrom("p", "q"),
  credential: fc.constantFrom("none", "KEY"),
  endpoint: fc.constantFrom("https://a.example/v1", "https://b.example/v1"),
  modelId: fc.constantFrom("a", "b/c"),
});
/** Within three days, so that a day passes now and then. */
const hour = fc.nat({ max: 72 }).map((hours) => 1_800_000_000_000 + hours * 3_600_000);

function scriptOf(...calls: fc.Arbitrary<Script[number]>[]): fc.Arbitrary<Script> {
  return fc.array(fc.oneof(...calls), { minLength: 1, maxLength: 12 });
}

/** Random scripts by object. */
const alarm = fc.record(
  {
    event: fc.constantFrom(...ALERT_EVENTS),
    subject: fc.constantFrom("p/m", "vault"),
    atMs: fc.nat({ max: 3_600_000 }),
    quietMs: fc.constantFrom(0, 60_000),
  },
  { noNullPrototype: true },
);

export const SCRIPTS: Readonly<Record<string, fc.Arbitrary<Script>>> = {
  provider: providerScript,
  directory: scriptOf(
    call("merge", fc.constantFrom("p", "q", "__proto__"), providerView, count),
    call("view"),
  ),
  feed: scriptOf(
    call(
      "append",
      fc.array(
        rowId.map((id) => requestRow(id)),
        { maxLength: 5 },
      ),
    ),
    call("take", fc.nat({ max: 5 })),
    call("drop", fc.array(rowId, { maxLength: 5 })),
  ),
  meter: scriptOf(call("add", delta), call("total")),
  threads: scriptOf(
    call("note", messageId, place, hour),
    call("note", messageId, place, hour),
    call("find", messageId, hour),
  ),
  ledger: ledgerScript,
  run: runScript,
  stored: scriptOf(
    call("put", messageId, fc.constantFrom("t1.a", "t1.bb", "x".repeat(1_100_000)), hour),
    call("put", messageId, fc.constantFrom("t1.c", "t1.dd"), hour),
    call("get", messageId, hour),
    call("remove", messageId, hour),
  ),
  alerts: scriptOf(
    call("raise", fc.array(alarm, { maxLength: 3 })),
    call("due", hour),
    call("share", fc.nat({ max: 9 }), fc.subarray(["a", "b"]), hour),
    call("settle", fc.nat({ max: 9 }), fc.boolean(), hour),
    call("recent", fc.nat({ max: 9 })),
  ),
};

/** As JSON tells it: where an undefined field and an absent one are the same. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
