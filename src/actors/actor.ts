/**
 * The contract of a state machine: a plain synchronous class without clock, chance or I/O of its own.
 * A host (Durable Object or process) restores it, runs one method at a time, and persists its snapshot.
 */
export interface Actor {
  /** Of the snapshot's shape; a host never restores another version's snapshot. */
  readonly version: number;
  /** Takes over a snapshot of the same version; undefined: starts empty. */
  restore(snapshot: unknown): void;
  /** JSON-safe. */
  snapshot(): unknown;
  /** When the host should call `wake(nowMs)`, undefined: never. */
  wakeAtMs(): number | undefined;
  wake(nowMs: number): void;
  /** Of actors that come and go (one per plan, …); without it, or undefined: it is in use. */
  rest?(): Rest | undefined;
}

/**
 * "resting": nothing changes until somebody calls or its time has come, so that a host need not hold it in memory.
 * "gone": nothing worth keeping is left, and a host deletes what it has saved.
 */
export type Rest = "resting" | "gone";

/** How a host makes an actor and which of its methods must be durable. */
export interface ActorClass<A extends Actor = Actor> {
  new (): A;
  /** Methods whose effect must be durable before the answer leaves; all others are written behind (≤ 10 s). */
  readonly through: readonly string[];
  /** Methods that change nothing worth keeping: no persisting follows them. */
  readonly reads: readonly string[];
}
