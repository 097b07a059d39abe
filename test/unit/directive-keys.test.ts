import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstDirective } from "../../src/directive.ts";
import { askedOf, directiveKeys, mergeSayings, readPairs } from "../../src/directive-keys.ts";
import { orchestrationSchema } from "../../src/orchestration.ts";
import { policySchema } from "../../src/policy.ts";

const KEYS = directiveKeys(
  policySchema(["cheap", "normal", "planning", "vote"]),
  orchestrationSchema(["planning", "vote", "refine"]),
);

function read(words: string) {
  const unknown = new Set<string>();
  const pairs = firstDirective([`@@tokenhub ${words}`]) ?? [];
  return { said: readPairs(pairs, { keys: KEYS, unknown }), unknown: [...unknown] };
}
const asked = (words: string) => askedOf(read(words).said, KEYS);

describe("keys", () => {
  test("short forms say the long one", () => {
    expect(
      asked("budget=0.1 latency=5e3 weight=6 model=m critic=c rounds=2 n=3 format=json"),
    ).toEqual({
      policy: { max_budget_usd: 0.1, max_latency_ms: 5000, min_weight: 6 },
      orchestration: {
        review_model_id: "c",
        iterations: 2,
        candidates: 3,
        output_format: "json",
      },
      modelHint: "m",
    });
  });

  test("every kind of scalar of both schemas is one, inner ones with a dot", () => {
    expect(asked("PIN=TRUE mode=Vote stop_when.critic_score=0.9 return_plan_only=false")).toEqual({
      policy: { pin: true, mode: "vote" },
      orchestration: { stop_when: { critic_score: 0.9 }, return_plan_only: false },
      modelHint: undefined,
    });
  });

  test("a mode that only orchestration knows goes there", () => {
    expect(asked("mode=refine").orchestration).toEqual({ mode: "refine" });
  });

  test("unknown keys, lists and objects among them, are told and do nothing", () => {
    const { said, unknown } = read("provider=x base_url=y labels=eu output_schema=z __proto__=1");
    expect(said.size).toBe(0);
    expect(unknown).toEqual(["provider", "base_url", "labels", "output_schema", "__proto__"]);
  });
});

test.each([
  "budget=-1",
  "budget=NaN",
  "budget=1e309",
  "budget=101",
  'budget="1"',
  "budget=",
  "n=1",
  "n=2.5",
  "mode=evil",
  'model="open',
  "model=",
  "pin=yes",
  'pin="true"',
  "model=m\u00e9",
  "budget=1 max_budget_usd=1",
  "mode=cheap mode=cheap",
])("%s is refused without its value", (words) => {
  expect(() => read(words)).toThrow(
    expect.objectContaining({
      code: "invalid_directive",
      message: expect.stringMatching(
        /Line 1: (?:the value does not fit its key|a key is said twice)\.$/,
      ),
    }),
  );
});

describe("two directives", () => {
  const numbers = fc.record({
    max_budget_usd: fc.integer({ min: 0, max: 100 }),
    iterations: fc.integer({ min: 1, max: 5 }),
    min_weight: fc.integer({ min: 0, max: 10 }),
    review_min_weight: fc.integer({ min: 0, max: 10 }),
  });

  test("never come to a looser number than either said", () => {
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const merged = Object.fromEntries(
          mergeSayings(new Map(Object.entries(one)), new Map(Object.entries(other))),
        );
        expect(merged).toEqual({
          max_budget_usd: Math.min(one.max_budget_usd, other.max_budget_usd),
          iterations: Math.min(one.iterations, other.iterations),
          min_weight: Math.max(one.min_weight, other.min_weight),
          review_min_weight: Math.max(one.review_min_weight, other.review_min_weight),
        });
      }),
    );
  });

  test("take the choices of the later", () => {
    const merged = mergeSayings(read("mode=cheap model=a").said, read("mode=vote").said);
    expect(Object.fromEntries(merged)).toEqual({ mode: "vote", model_hint: "a" });
  });
});
