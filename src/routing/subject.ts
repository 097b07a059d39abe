/** One candidate together with what the shared state tells of it. */
import type { Candidate } from "../catalog.ts";
import type { BucketView, ProviderView } from "../platform.ts";
import type { RoutingInput } from "./decision.ts";
import { expect, type Prospect } from "./estimate.ts";

/** One candidate under test. */
export interface Subject extends Prospect {
  /** undefined: free, with all its quota. */
  readonly bucket: BucketView | undefined;
  /** What the provider can be asked with, the one to use first. */
  readonly credentials: readonly string[];
}

/** Looks the candidate up in the views of the input. */
export function look(input: RoutingInput, candidate: Candidate): Subject {
  const view = own(input.views, candidate.provider.id);
  const pulse = own(view?.pulse, candidate.model.id);
  const { names } = input.credentials(candidate.provider);
  const credentials = view && names.length > 1 ? freest(input, view, candidate, names) : names;
  return {
    candidate,
    pulse,
    credentials,
    bucket: view && bucketOf(view, candidate, credentials[0] ?? "none"),
    outlook: expect(input, { candidate, pulse }),
  };
}

/** Those that are not held back first, and of these the one with most of its limits left. */
function freest(
  { nowMs }: RoutingInput,
  view: ProviderView,
  candidate: Candidate,
  names: readonly string[],
): readonly string[] {
  const burden = (name: string) => {
    const bucket = bucketOf(view, candidate, name);
    const held = bucket !== undefined && bucket.throttledUntilMs > nowMs;
    return (held ? 1 : 0) - (bucket?.headroom ?? 1);
  };
  return names.toSorted((one, other) => burden(one) - burden(other));
}

/** What holds for the (credential, model), for the whole credential, and for the offer, as one. */
function bucketOf(
  { bucket }: ProviderView,
  { model }: Candidate,
  credential: string,
): BucketView | undefined {
  return stricter(
    own(bucket, `${credential}\n${model.id}`),
    stricter(own(bucket, `${credential}\n*`), own(bucket, `*\n${model.id}`)),
  );
}

/** Held as long as the longer, with its reason; as full as the fuller. */
function stricter(
  one: BucketView | undefined,
  other: BucketView | undefined,
): BucketView | undefined {
  if (!one || !other) return one ?? other;
  const longer = one.throttledUntilMs >= other.throttledUntilMs ? one : other;
  return { ...longer, headroom: Math.min(one.headroom, other.headroom) };
}

/** A discovered model may be called `constructor`. */
function own<T>(views: Readonly<Record<string, T>> | undefined, id: string): T | undefined {
  return views && Object.hasOwn(views, id) ? views[id] : undefined;
}
