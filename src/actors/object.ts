/** One object: its actors, side by side, called and saved together. What every host runs. */
import type { Actor, ActorClass, Rest } from "./actor.ts";

/** A snapshot as a host keeps it. */
export interface Saved {
  readonly version: number;
  readonly state: unknown;
}

/** The actors of one object, as its host sees them. */
export interface ActorObject {
  /**
   * Runs a method of one actor. With actor `*`: of every actor that has it, and the answers come by actor
   * name, or bare when the object has but one actor.
   * @throws Error when there is no such method.
   */
  call(actor: string, method: string, args: readonly unknown[]): unknown;
  /** What must follow the call: persist before the answer leaves, persist later, nothing. */
  follows(actor: string, method: string): "through" | "behind" | "nothing";
  /** By actor name; a snapshot of another version, or one that cannot be read, is ignored. */
  restore(saved: Readonly<Record<string, Saved | undefined>>): void;
  snapshots(): Record<string, Saved>;
  /** The earliest of its actors'. */
  wakeAtMs(): number | undefined;
  wake(nowMs: number): void;
  /** What all of its actors are; undefined: one of them is in use. */
  rest(): Rest | undefined;
}

type Method = (...args: readonly unknown[]) => unknown;

/** Methods of the contract itself, which only a host may call. */
const OWN: readonly string[] = [
  "constructor",
  "restore",
  "snapshot",
  "wakeAtMs",
  "wake",
  "rest",
] satisfies readonly ("constructor" | keyof Actor)[];

/** Names of the methods that may be called from afar. */
export function methodsOf(actorClass: ActorClass): readonly string[] {
  return Object.getOwnPropertyNames(actorClass.prototype).filter((name) => !OWN.includes(name));
}

/** Empty actors of these classes, by name. */
export function createObject(classes: Readonly<Record<string, ActorClass>>): ActorObject {
  const methods = new Map(
    Object.entries(classes).map(([name, actorClass]) => [name, methodsOf(actorClass)]),
  );
  const actors = new Map(Object.entries(classes).map(([name, made]) => [name, new made()]));

  function addressed(actor: string, method: string): string[] {
    const names = actor === "*" ? [...methods.keys()] : [actor];
    const having = names.filter((name) => methods.get(name)?.includes(method));
    if (having.length === 0) throw new Error(`There is no actor method ${actor}.${method}.`);
    return having;
  }

  return {
    call(actor, method, args) {
      const answers = addressed(actor, method).map((name) => {
        const target = actors.get(name) as unknown as Readonly<Record<string, Method>>;
        return [name, target[method]?.(...args)] as const;
      });
      return actor === "*" && actors.size > 1 ? Object.fromEntries(answers) : answers[0]?.[1];
    },
    follows(actor, method) {
      const called = addressed(actor, method).map((name) => classes[name]);
      if (called.some((each) => each?.through.includes(method))) return "through";
      return called.every((each) => each?.reads.includes(method)) ? "nothing" : "behind";
    },
    restore(saved) {
      for (const [name, actorClass] of Object.entries(classes)) {
        const actor = new actorClass();
        const found = saved[name];
        if (found?.version !== actor.version) continue;
        try {
          actor.restore(found.state);
          actors.set(name, actor);
        } catch {
          // A state that cannot be read is worth less than an object that answers.
        }
      }
    },
    snapshots() {
      const saved = [...actors].map(
        ([name, actor]) => [name, { version: actor.version, state: actor.snapshot() }] as const,
      );
      return Object.fromEntries(saved);
    },
    wakeAtMs() {
      const times = [...actors.values()]
        .map((actor) => actor.wakeAtMs())
        .filter((time) => time !== undefined);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    wake(nowMs) {
      for (const actor of actors.values()) actor.wake(nowMs);
    },
    rest() {
      const rests = [...actors.values()].map((actor) => actor.rest?.());
      if (rests.some((rest) => rest === undefined)) return undefined;
      return rests.every((rest) => rest === "gone") ? "gone" : "resting";
    },
  };
}
