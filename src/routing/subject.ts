/** One candidate together with what the shared state tells of it. */
import type { Candidate } from "../catalog.ts";
import type { BucketView, ProviderView } from "../platform.ts";
import type { RoutingInput } from "./decision.ts";
import { expect, type Prospect } from "./estimate.ts";

/** One candidate under test. */
export interface Subject extends Prospect {
  /** undefined: free, with all its quota. */
  readonly bucket: BucketView | undefined;
}

/** Looks the candidate up in the views of the input. */
export function look(input: RoutingInput, candidate: Candidate): Subject {
  const view = own(input.views, candidate.provider.id);
  const pulse = own(view?.pulse, candidate.model.id);
  return {
    candidate,
    pulse,
    bucket: view && bucketOf(view, candidate),
    outlook: expect(input, { candidate, pulse }),
  };
}

/** What holds for the (credential, model), for the whole credential, and for the offer, as one. */
function bucketOf(
  { bucket }: ProviderView,
  { provider, model }: Candidate,
): BucketView | undefined {
  const credential = provider.credentialSource === "env" ? provider.envKeyName : "none";
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
