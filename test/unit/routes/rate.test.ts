/** Requests per minute of one key: never more than its number in a minute from full, never fewer than promised. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenhubError } from "../../../src/errors.ts";
import {
  anthropicRateHeaders,
  createRateGate,
  openaiRateHeaders,
} from "../../../src/routes/rate.ts";
import { aKey } from "../../fakes/records.ts";

const at = (nowMs: number) => ({ nowMs, words: openaiRateHeaders });
const limited = (rpm: number | undefined, id = "key_1") => aKey(id, { rpm });

function takes(
  gate: ReturnType<typeof createRateGate>,
  key: ReturnType<typeof aKey>,
  nowMs: number,
) {
  try {
    gate.take(key, at(nowMs));
    return true;
  } catch (error) {
    if (error instanceof TokenhubError && error.code === "rate_limited") return false;
    throw error;
  }
}

test("a bucket never gives more than it holds and refills", () => {
  const asks = fc.array(fc.nat({ max: 5_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), asks, (rpm, pauses) => {
      const gate = createRateGate();
      let nowMs = 0;
      let taken = 0;
      for (const pause of pauses) {
        nowMs += pause;
        if (takes(gate, limited(rpm), nowMs)) taken += 1;
        expect(taken).toBeLessThanOrEqual(rpm + (nowMs * rpm) / 60_000 + 1e-6);
      }
    }),
  );
});

test("waiting as long as it was told to is enough", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (rpm) => {
      const gate = createRateGate();
      for (let n = 0; n < rpm; n += 1) gate.take(limited(rpm), at(0));
      let waitMs = Number.NaN;
      try {
        gate.take(limited(rpm), at(0));
      } catch (error) {
        waitMs = error instanceof TokenhubError ? (error.retryAfterMs ?? Number.NaN) : Number.NaN;
      }
      // Clients are told whole seconds, rounded up.
      expect(takes(gate, limited(rpm), Math.ceil(waitMs / 1000) * 1000)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("keys do not share buckets, and a key without a limit has none", () => {
  const gate = createRateGate();
  expect(takes(gate, limited(1, "key_1"), 0)).toBe(true);
  expect(takes(gate, limited(1, "key_2"), 0)).toBe(true);
  expect(takes(gate, limited(1, "key_1"), 0)).toBe(false);
  for (let n = 0; n < 100; n += 1) expect(takes(gate, limited(undefined, "free"), 0)).toBe(true);
});

test("headers tell what is left and when it is all there again", () => {
  const gate = createRateGate();
  gate.take(limited(60), at(0));
  expect(gate.take(limited(60), at(0))).toEqual({
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "58",
    "x-ratelimit-reset-requests": "2s",
  });
});

test("Anthropic's words tell a point in time", () => {
  const gate = createRateGate();
  const nowMs = Date.UTC(2026, 0, 1);
  expect(gate.take(limited(60), { nowMs, words: anthropicRateHeaders })).toEqual({
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "59",
    "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:01Z",
  });
});

test("a clock that goes back refills nothing", () => {
  const gate = createRateGate();
  expect(takes(gate, limited(1), 100_000)).toBe(true);
  expect(takes(gate, limited(1), 0)).toBe(false);
  expect(takes(gate, limited(1), 59_999)).toBe(false);
});
