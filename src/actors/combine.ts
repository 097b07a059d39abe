/** Two views of one provider made one: the shared one, and what this isolate saw since. */
import type { BucketView, ProviderView, PulseView } from "../platform.ts";

const SEVERITY = { closed: 0, "half-open": 1, open: 2 } as const;

/** The worse of both for breakers and throttles; speed from whichever has more samples. */
export function combineViews(remote: ProviderView, local: ProviderView): ProviderView {
  return {
    pulse: union(remote.pulse, local.pulse, combinePulse),
    bucket: union(remote.bucket, local.bucket, combineBucket),
  };
}

type Rows<V> = Readonly<Record<string, V>>;

function union<V>(a: Rows<V>, b: Rows<V>, combine: (a: V, b: V) => V): Rows<V> {
  const rows = new Map(Object.entries(a));
  for (const [key, row] of Object.entries(b)) {
    const other = rows.get(key);
    rows.set(key, other ? combine(other, row) : row);
  }
  return Object.fromEntries(rows);
}

function combinePulse(a: PulseView, b: PulseView): PulseView {
  const apart = SEVERITY[a.breaker] - SEVERITY[b.breaker];
  const worse = apart > 0 || (apart === 0 && a.openUntilMs >= b.openUntilMs) ? a : b;
  const [more, fewer] = a.samples >= b.samples ? [a, b] : [b, a];
  return {
    ...more,
    breaker: worse.breaker,
    openUntilMs: worse.openUntilMs,
    ramp: Math.min(a.ramp, b.ramp),
    failure: Math.max(a.failure, b.failure),
    promptCorrection: more.promptCorrection ?? fewer.promptCorrection,
  };
}

function combineBucket(a: BucketView, b: BucketView): BucketView {
  const later = a.throttledUntilMs >= b.throttledUntilMs ? a : b;
  return { ...later, headroom: Math.min(a.headroom, b.headroom) };
}
