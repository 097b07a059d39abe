/** Which provider holds a conversation that a client goes on with by the id of its last message. */
import type { Actor } from "./actor.ts";

/** Of one key. Beyond it the oldest go; a client whose message is forgotten sends its conversation again. */
const MESSAGES_MAX = 10_000;
/** No conversation is expected to wait for its next turn longer than this. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
/** Vendors' ids have some thirty characters; a longer one than this is not worth its memory. */
const ID_CHARS_MAX = 256;

/** Who answered: a turn that follows must reach the very same. */
export interface ThreadPlace {
  readonly providerId: string;
  /** Name of the provider's credential that was used, as outcomes name it. */
  readonly credential: string;
  /** Base URL that was asked. */
  readonly endpoint: string;
  readonly modelId: string;
}

interface Noted {
  readonly place: ThreadPlace;
  readonly atMs: number;
}

/** Saved with each place once: keys use few places for many messages. */
interface Saved {
  readonly places: readonly ThreadPlace[];
  /** Message id, index of its place, time; oldest first. */
  readonly messages: readonly (readonly [id: string, place: number, atMs: number])[];
}

/** One per key, named by its id. What is lost with it costs a client one request more, nothing else. */
export class Threads implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["find"] as const;
  readonly version = 1;
  /** Oldest first. */
  #messages = new Map<string, Noted>();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const { places, messages } = structuredClone(snapshot) as Saved;
    this.#messages = new Map(
      messages.flatMap(([id, index, atMs]) => {
        const place = places[index];
        return place ? [[id, { place, atMs }] as const] : [];
      }),
    );
  }

  snapshot(): unknown {
    const places = new Map<string, { index: number; place: ThreadPlace }>();
    const messages = [...this.#messages].map(([id, { place, atMs }]) => {
      const key = JSON.stringify([
        place.providerId,
        place.credential,
        place.endpoint,
        place.modelId,
      ]);
      const known = places.get(key) ?? { index: places.size, place: { ...place } };
      places.set(key, known);
      return [id, known.index, atMs];
    });
    return { places: [...places.values()].map(({ place }) => place), messages };
  }

  wakeAtMs(): number | undefined {
    const oldest = this.#messages.values().next().value;
    return oldest && oldest.atMs + KEPT_MS;
  }

  wake(nowMs: number): void {
    for (const [id, { atMs }] of this.#messages) {
      if (isKept(atMs, nowMs)) break;
      this.#messages.delete(id);
    }
  }

  /** Remembers who answered with this message; noted again, it is as new. */
  note(messageId: string, place: ThreadPlace, nowMs: number): void {
    this.wake(nowMs);
    if (messageId.length > ID_CHARS_MAX) return;
    this.#messages.delete(messageId);
    this.#messages.set(messageId, { place: { ...place }, atMs: nowMs });
    for (const id of this.#messages.keys()) {
      if (this.#messages.size <= MESSAGES_MAX) break;
      this.#messages.delete(id);
    }
  }

  /** Who answered with this message; undefined: not this key's, or forgotten. */
  find(messageId: string, nowMs: number): ThreadPlace | undefined {
    const noted = this.#messages.get(messageId);
    return noted && isKept(noted.atMs, nowMs) ? { ...noted.place } : undefined;
  }
}

function isKept(atMs: number, nowMs: number): boolean {
  return nowMs < atMs + KEPT_MS;
}
