/** What every actor must be, whoever runs it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ActorClass } from "../../src/actors/actor.ts";
import { OBJECTS, type ObjectName } from "../../src/actors/index.ts";
import { createObject, methodsOf } from "../../src/actors/object.ts";
import { runs } from "../fakes/long.ts";
import { plain, SCRIPTS, type Script } from "../fakes/outcomes.ts";

const NUM_RUNS = runs(60, 5_000);

const scriptOf = (object: string) => SCRIPTS[object] ?? fc.constant<Script>([]);

for (const object of Object.keys(OBJECTS) as ObjectName[]) {
  const classes: Readonly<Record<string, ActorClass>> = OBJECTS[object];

  describe(object, () => {
    test("a restored snapshot gives the same answers from then on", () => {
      fc.assert(
        fc.property(scriptOf(object), fc.nat({ max: 12 }), (script, cut) => {
          const first = createObject(classes);
          for (const { method, args } of script.slice(0, cut)) first.call("*", method, args);
          const second = createObject(classes);
          second.restore(JSON.parse(JSON.stringify(first.snapshots())));
          for (const { method, args } of script.slice(cut)) {
            const answer = plain(first.call("*", method, args));
            expect(plain(second.call("*", method, args))).toEqual(answer);
          }
          expect(plain(second.snapshots())).toEqual(plain(first.snapshots()));
        }),
        { numRuns: NUM_RUNS },
      );
    });

    test("snapshots and answers are JSON: no NaN, no Infinity, nothing lost", () => {
      fc.assert(
        fc.property(scriptOf(object), (script) => {
          const actors = createObject(classes);
          for (const { method, args } of script) expectJson(actors.call("*", method, args));
          expectJson(actors.snapshots());
        }),
        { numRuns: NUM_RUNS },
      );
    });

    test("a snapshot and an answer are copies: changing them changes no actor", () => {
      fc.assert(
        fc.property(scriptOf(object), (script) => {
          const actors = createObject(classes);
          for (const { method, args } of script) actors.call("*", method, args);
          const before = JSON.stringify(actors.snapshots());
          for (const { state } of Object.values(actors.snapshots())) scribble(state);
          expect(JSON.stringify(actors.snapshots())).toBe(before);
        }),
        { numRuns: NUM_RUNS },
      );
    });

    test("what it lists as durable or as reading are methods of its own", () => {
      for (const actorClass of Object.values(classes)) {
        const methods = methodsOf(actorClass);
        expect(methods).toEqual(expect.arrayContaining([...actorClass.through]));
        expect(methods).toEqual(expect.arrayContaining([...actorClass.reads]));
      }
    });

    test("a snapshot of another version is ignored", () => {
      const actors = createObject(classes);
      const empty = plain(actors.snapshots());
      const foreign = Object.keys(classes).map((name) => [name, { version: -1, state: "?" }]);
      actors.restore(Object.fromEntries(foreign));
      expect(plain(actors.snapshots())).toEqual(empty);
    });
  });
}

/** Sets every array's length to zero, as deep as there are any but the outermost's rows. */
function scribble(value: unknown): void {
  if (Array.isArray(value)) {
    value.forEach(scribble);
    value.length = 0;
  } else if (value && typeof value === "object") {
    for (const each of Object.values(value)) scribble(each);
  }
}

function expectJson(value: unknown): void {
  if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
  else if (Array.isArray(value)) value.forEach(expectJson);
  else if (value && typeof value === "object") {
    expect([Object.prototype, null]).toContain(Object.getPrototypeOf(value));
    Object.values(value).forEach(expectJson);
  } else expect(["string", "boolean", "undefined", "object"]).toContain(typeof value);
}
