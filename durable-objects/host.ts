/** A Durable Object that runs actors: restores them, runs one call at a time, persists what changed. */
import { DurableObject } from "cloudflare:workers";
import type { ActorClass } from "../src/actors/actor.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { ActorAddress } from "../src/platform.ts";
import type { ObjectsEnv } from "./env.ts";
import { loadSnapshots, saveSnapshots } from "./snapshots.ts";

/** What an object does beside answering calls. Made once per instance. */
export interface Duty {
  /** After a call that changed something; must not throw. */
  called?(call: { to: ActorAddress; method: string; answer: unknown }): void;
  /** With every alarm. When it rejects, the next alarm comes later and later. */
  alarm?(): Promise<void>;
}

/** What a duty is made from. */
export interface Hosted {
  readonly env: ObjectsEnv;
  readonly actors: ActorObject;
}

/** What is written behind is at most this old when it is persisted. */
const BEHIND_MS = 5_000;
/** Longest pause between two tries of a duty that fails. */
const BACKOFF_MS_MAX = 60_000;

/** The class of an object with these actors. */
export function hosted(
  classes: Readonly<Record<string, ActorClass>>,
  dutyOf: (hosted: Hosted) => Duty = () => ({}),
) {
  return class extends DurableObject<ObjectsEnv> {
    readonly #actors = createObject(classes);
    readonly #duty: Duty;
    #dirty = false;
    #failures = 0;
    /** undefined: none is set, as far as this instance knows. */
    #alarmAtMs: number | undefined;

    constructor(ctx: DurableObjectState, env: ObjectsEnv) {
      super(ctx, env);
      this.#actors.restore(loadSnapshots(ctx.storage.kv, Object.keys(classes)));
      this.#duty = dutyOf({ env, actors: this.#actors });
    }

    /** Runs one method of an actor; see `ActorObject.call`. */
    call(to: ActorAddress, method: string, args: readonly unknown[]): unknown {
      const answer = this.#actors.call(to.actor, method, args);
      const follows = this.#actors.follows(to.actor, method);
      if (follows === "nothing") return answer;
      this.#dirty = true;
      if (follows === "through") this.#persist();
      const wakeAtMs = this.#actors.wakeAtMs() ?? Number.POSITIVE_INFINITY;
      this.#arm(Math.min(wakeAtMs, Date.now() + BEHIND_MS));
      this.#duty.called?.({ to, method, answer });
      return answer;
    }

    override async alarm(): Promise<void> {
      this.#alarmAtMs = undefined;
      const nowMs = Date.now();
      if ((this.#actors.wakeAtMs() ?? Number.POSITIVE_INFINITY) <= nowMs) {
        this.#actors.wake(nowMs);
        this.#dirty = true;
      }
      await this.#doDuty();
      if (this.#actors.rest() === "gone") return this.#forget();
      if (this.#dirty) this.#persist();
      const wakeAtMs = this.#actors.wakeAtMs();
      if (wakeAtMs !== undefined) this.#arm(wakeAtMs);
    }

    async #doDuty(): Promise<void> {
      try {
        await this.#duty.alarm?.();
        this.#failures = 0;
      } catch {
        this.#failures += 1;
        this.#arm(Date.now() + Math.min(BEHIND_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX));
      }
    }

    /** Nothing is left of an object whose actors are gone, its alarm included. */
    async #forget(): Promise<void> {
      this.#dirty = false;
      await this.ctx.storage.deleteAll();
      this.#alarmAtMs = undefined;
    }

    #persist(): void {
      saveSnapshots(this.ctx.storage.kv, this.#actors.snapshots());
      this.#dirty = false;
    }

    #arm(atMs: number): void {
      if (this.#alarmAtMs !== undefined && this.#alarmAtMs <= atMs) return;
      this.#alarmAtMs = atMs;
      this.ctx.waitUntil(this.ctx.storage.setAlarm(atMs));
    }
  };
}
