/** What holds of a plan after any calls in any order, woken or not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Run } from "../../../src/actors/run.ts";
import { ATTEMPTS_MAX, RUN_KEPT_MS, type RunView } from "../../../src/actors/run-state.ts";
import { runs } from "../../fakes/long.ts";
import { runScript } from "../../fakes/run-script.ts";

const ENDED = new Set(["done", "failed", "cancelled"]);
type Methods = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

test("an ended plan never changes, attempts only grow, and a day later nothing is left", () => {
  fc.assert(
    fc.property(runScript, fc.array(fc.boolean(), { maxLength: 14 }), (script, wakes) => {
      const run = new Run();
      const methods = run as unknown as Methods;
      let before: RunView | undefined;
      let begun = 0;
      for (const [at, { method, args }] of script.entries()) {
        const last = args.at(-1);
        const nowMs =
          typeof last === "number" ? last : (last as { createdAtMs: number }).createdAtMs;
        if (wakes[at]) run.wake(nowMs);
        const answer = methods[method]?.apply(run, [...args]);
        const view = run.view(nowMs);
        if (method === "begin" && answer) {
          begun += 1;
          // Exactly one attempt holds the lease, and it is the newest.
          expect((answer as { attempt: number }).attempt).toBe(view?.attempts);
        }
        if (before && view && before.createdAtMs === view.createdAtMs) {
          expect(view.attempts).toBeGreaterThanOrEqual(before.attempts);
          expect(view.stages).toBeGreaterThanOrEqual(before.stages);
          if (ENDED.has(before.status)) expect(view).toEqual(before);
        }
        if (view) {
          expect(view.attempts).toBeLessThanOrEqual(begun);
          expect(view.expiresAtMs - view.createdAtMs).toBeLessThanOrEqual(RUN_KEPT_MS);
          expect(view.endedAtMs !== undefined).toBe(ENDED.has(view.status));
          expect(run.wakeAtMs()).toBeLessThanOrEqual(view.expiresAtMs);
          if (ENDED.has(view.status))
            expect(run.snapshot()).toMatchObject({ request: "", journal: [] });
        }
        before = view ?? before;
      }
      run.wake((before?.expiresAtMs ?? 0) + 1e12);
      expect([run.snapshot(), run.wakeAtMs(), run.rest()]).toEqual([null, undefined, "gone"]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});

test("whatever is lost, a host that wakes it sees every plan end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("lost", "released", "sealed"), { maxLength: 30 }),
      (fates) => {
        const run = new Run();
        const given = { planId: "plan_1", keyId: "key_a", request: "r", createdAtMs: 0 };
        run.create({ ...given, expiresAtMs: RUN_KEPT_MS });
        let turns = 0;
        let counted = 0;
        for (let at = run.wakeAtMs(); at !== undefined; at = run.wakeAtMs()) {
          expect(turns++).toBeLessThan(20_000);
          run.wake(at);
          const lease = run.begin(at);
          const fate = fates[turns % (fates.length + 1)] ?? "lost";
          if (lease && fate !== "sealed") counted += 1;
          if (lease && fate !== "lost") run.release(lease.attempt, fate === "sealed", at);
        }
        expect(counted).toBeLessThanOrEqual(ATTEMPTS_MAX);
      },
    ),
    { numRuns: runs(100, 2_000) },
  );
});
