import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRateSignals } from "../../src/rate-signals.ts";
import { runs } from "../fakes/long.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

const read = (headers: Readonly<Record<string, string>>) =>
  readRateSignals((name) => headers[name], NOW);
const retryAfter = (headers: Readonly<Record<string, string>>) => read(headers).retryAfterMs;

describe("Retry-After", () => {
  test("seconds, milliseconds and dates", () => {
    expect(retryAfter({ "retry-after": "7" })).toBe(7_000);
    expect(retryAfter({ "retry-after": "1.5" })).toBe(1_500);
    expect(retryAfter({ "retry-after-ms": "1234.5" })).toBe(1_234.5);
    expect(retryAfter({ "x-ms-retry-after-ms": "900" })).toBe(900);
    expect(retryAfter({ "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT" })).toBe(30_000);
  });

  test("the finer header wins", () => {
    expect(retryAfter({ "retry-after": "7", "retry-after-ms": "300" })).toBe(300);
  });

  test("a date counts from the answer's own date", () => {
    const headers = {
      "retry-after": "Sun, 22 Nov 2026 15:00:30 GMT",
      date: "Sun, 22 Nov 2026 15:00:00 GMT",
    };
    expect(retryAfter(headers)).toBe(30_000);
  });

  test("a broken first header leaves the word to the next", () => {
    expect(retryAfter({ "retry-after-ms": "soon", "retry-after": "2" })).toBe(2_000);
  });

  test("what does not fit whole, lies in the past or beyond a day says nothing", () => {
    for (const text of [
      "",
      "120abc",
      "-1",
      "+5",
      "1e3",
      "0x10",
      "Infinity",
      "NaN",
      "1,000",
      "2026-11-22",
      "1.2345",
      "99999999999",
      "86401",
      "Sun, 22 Nov 2026 11:59:59 GMT",
      "5 5",
      "5;drop",
    ]) {
      expect(retryAfter({ "retry-after": text }), text).toBeUndefined();
    }
  });

  test("waits are clamped to 250 ms and an hour", () => {
    expect(retryAfter({ "retry-after": "0" })).toBe(250);
    expect(retryAfter({ "retry-after": "7200" })).toBe(3_600_000);
  });
});

describe("limits", () => {
  const openai = {
    "x-ratelimit-limit-requests": "100",
    "x-ratelimit-remaining-requests": "99",
    "x-ratelimit-reset-requests": "6m0s",
    "x-ratelimit-limit-tokens": "40000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "1m2.5s",
  };

  test("OpenAI's six headers; the reset is that of the exhausted limit", () => {
    expect(read(openai)).toEqual({
      retryAfterMs: undefined,
      requestsRemaining: 99,
      requestsLimit: 100,
      tokensRemaining: 0,
      tokensLimit: 40_000,
      resetMs: 62_500,
    });
  });

  test("while nothing is exhausted no reset is told", () => {
    expect(read({ ...openai, "x-ratelimit-remaining-tokens": "1" }).resetMs).toBeUndefined();
  });

  test("of several exhausted limits the last to refill counts", () => {
    expect(read({ ...openai, "x-ratelimit-remaining-requests": "0" }).resetMs).toBe(360_000);
  });

  test("Anthropic's dimensions: the tightest tokens count, resets are RFC 3339", () => {
    expect(
      read({
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-tokens-limit": "100000",
        "anthropic-ratelimit-tokens-remaining": "90000",
        "anthropic-ratelimit-output-tokens-limit": "8000",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-22T12:00:20Z",
      }),
    ).toEqual({
      retryAfterMs: undefined,
      requestsRemaining: 49,
      requestsLimit: 50,
      tokensRemaining: 0,
      tokensLimit: 8_000,
      resetMs: 20_000,
    });
  });

  test("resets come as durations, seconds, or Unix time by magnitude", () => {
    const resetOf = (reset: string) =>
      read({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }).resetMs;
    expect(resetOf("20ms")).toBe(250);
    expect(resetOf("1h")).toBe(3_600_000);
    expect(resetOf("1.5s")).toBe(1_500);
    expect(resetOf("30")).toBe(30_000);
    expect(resetOf(String(NOW / 1_000 + 40))).toBe(40_000);
    expect(resetOf(String(NOW + 50_000))).toBe(50_000);
    for (const text of ["0", "-1", "0s", "6m0", "m6", "1d", "6m 0s", "25h", "1s".repeat(40)]) {
      expect(resetOf(text), text).toBeUndefined();
    }
  });

  test("counts must be whole numbers", () => {
    for (const text of ["", "-1", "1.5", "1e3", " 5", "many"]) {
      expect(read({ "x-ratelimit-remaining-requests": text })).toEqual({});
    }
  });

  test("an answer without such headers is asked for ten names and gives an empty object", () => {
    const asked: string[] = [];
    const signals = readRateSignals((name) => {
      asked.push(name);
      return undefined;
    }, NOW);
    expect(signals).toEqual({});
    expect(asked).toHaveLength(10);
  });

  test("any text gives only finite, clamped numbers", () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[\d.hms:TZ+-]{0,20}$/),
      fc.nat().map(String),
      fc.double().map(String),
    );
    const names = [...Object.keys(openai), "retry-after", "retry-after-ms", "date"];
    const headers = fc.dictionary(fc.constantFrom(...names), text);
    fc.assert(
      fc.property(headers, (given) => {
        const { retryAfterMs, resetMs, ...counts } = read(given);
        for (const ms of [retryAfterMs, resetMs]) {
          if (ms === undefined) continue;
          expect(ms >= 250 && ms <= 3_600_000).toBe(true);
        }
        for (const count of Object.values(counts)) {
          expect(count === undefined || (Number.isInteger(count) && count >= 0)).toBe(true);
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});
