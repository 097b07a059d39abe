import fc from "fast-check";
import { expect, test } from "vitest";
import { httpDateMs, isoDateMs } from "../../src/http-date.ts";
import { runs } from "../fakes/long.ts";

const AT = Date.UTC(2026, 10, 22, 8, 49, 37);

test("the three forms of an HTTP date are one time", () => {
  expect(httpDateMs("Sun, 22 Nov 2026 08:49:37 GMT")).toBe(AT);
  expect(httpDateMs("Sunday, 22-Nov-26 08:49:37 GMT")).toBe(AT);
  expect(httpDateMs("Sun Nov 22 08:49:37 2026")).toBe(AT);
  expect(httpDateMs("Sun Nov  1 08:49:37 2026")).toBe(Date.UTC(2026, 10, 1, 8, 49, 37));
});

test("what Date.parse would guess is no HTTP date", () => {
  for (const text of [
    "",
    "120",
    "2026-11-22",
    "2026-11-22T08:49:37Z",
    "22 Nov 2026",
    "Sun, 22 Nov 2026 08:49:37 +0100",
    "Sun, 31 Feb 2026 08:49:37 GMT",
    "Sun, 22 Nov 2026 24:00:00 GMT",
    " Sun, 22 Nov 2026 08:49:37 GMT",
  ]) {
    expect(httpDateMs(text), text).toBeUndefined();
  }
});

test("every date comes back from its own text", () => {
  const date = fc.date({ min: new Date(0), max: new Date("2099-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(date, (each) => {
      expect(httpDateMs(each.toUTCString())).toBe(Math.floor(each.getTime() / 1_000) * 1_000);
      expect(isoDateMs(each.toISOString())).toBeCloseTo(each.getTime(), 3);
    }),
    { numRuns: runs(200, 10_000) },
  );
});

test("zones and fractions of RFC 3339 count", () => {
  expect(isoDateMs("2026-11-22T08:49:37Z")).toBe(AT);
  expect(isoDateMs("2026-11-22T10:19:37+01:30")).toBe(AT);
  expect(isoDateMs("2026-11-22T06:49:37-02:00")).toBe(AT);
  expect(isoDateMs("2026-11-22T08:49:37.250Z")).toBe(AT + 250);
});

test("anything looser than RFC 3339 is no date", () => {
  for (const text of [
    "2026-11-22",
    "2026-11-22 08:49:37Z",
    "2026-11-22T08:49:37",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-22T08:49:37+99:00",
    "Infinity",
  ]) {
    expect(isoDateMs(text), text).toBeUndefined();
  }
});
