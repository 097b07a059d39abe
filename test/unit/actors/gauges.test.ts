import { expect, test } from "vitest";
import { Bucket } from "../../../src/actors/bucket.ts";
import { stateGauges } from "../../../src/actors/gauges.ts";
import { Pulse } from "../../../src/actors/pulse.ts";
import { outcome } from "../../fakes/outcomes.ts";

test("breakers and buckets become gauges, as they are at the time of the scrape", () => {
  const bad = Array.from({ length: 5 }, () => outcome({ result: "transient", atMs: 1 }));
  const limited = outcome({ result: "rate_limited", atMs: 1, limits: { retryAfterMs: 9_000 } });
  const outcomes = [...bad, limited];
  const pulse = new Pulse().observe(outcomes, 1);
  const bucket = new Bucket().observe(outcomes, 1);
  const at = (nowMs: number) =>
    Object.fromEntries(
      stateGauges({ p: { pulse, bucket } }, nowMs).map(({ key, value }) => [key, value]),
    );
  const breaker = 'tokenhub_breaker_state{provider="p",model="m"}';
  const throttled = 'tokenhub_bucket_throttled{provider="p",credential="KEY",model="m"}';
  const headroom = 'tokenhub_bucket_headroom{provider="p",credential="KEY",model="m"}';
  expect(at(2)).toEqual({ [breaker]: 2, [throttled]: 1, [headroom]: 1 });
  expect(at(60_000)).toEqual({ [breaker]: 1, [throttled]: 0, [headroom]: 1 });
});
