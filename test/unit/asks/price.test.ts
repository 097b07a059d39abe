/** What a plan may cost before it runs, what is given up so that it fits, and whom it may name. */
import { describe, expect, test } from "vitest";
import { checkNames, pricePlan } from "../../../src/asks/price.ts";
import type { KeyRecord } from "../../../src/key.ts";
import { ORCHESTRATIONS } from "../../../src/modes/index.ts";
import type { Orchestration } from "../../../src/orchestration.ts";
import { resolveOrchestration } from "../../../src/orchestration.ts";
import { doorRequest } from "../../fakes/door-request.ts";
import { startIsolate } from "../../fakes/isolate.ts";
import { PANEL } from "../../fakes/panel.ts";

const ORDER = ["candidates", "rounds", "critic", "single"];
const FREE = Number.POSITIVE_INFINITY;
const NAMES = Object.keys(ORCHESTRATIONS) as (keyof typeof ORCHESTRATIONS)[];

/** Plans of a key that is limited in these ways only. */
async function pricing(change: Partial<KeyRecord> = {}) {
  const { platform, gateway } = await startIsolate({ registry: PANEL });
  await gateway.snapshot.ready();
  const request = doorRequest(platform, { signal: new AbortController().signal });
  const asked = { ...request, key: { ...request.key, ...change }, target: "*" };
  return {
    check: (options: Orchestration) => checkNames(gateway, asked, options),
    price: (
      name: keyof typeof ORCHESTRATIONS,
      {
        ceilingNanoUsd = FREE,
        extraAsks = 0,
      }: { ceilingNanoUsd?: number; extraAsks?: number } = {},
    ) => {
      const mode = ORCHESTRATIONS[name];
      const options = resolveOrchestration(name, [{ candidates: 8, iterations: 5 }]);
      return pricePlan(gateway, asked, { mode, options, ceilingNanoUsd, extraAsks });
    },
  };
}

describe.each(NAMES)("%s", (name) => {
  test("the less there is the less it is, and never more than the ceiling", async () => {
    const { price } = await pricing();
    const whole = price(name);
    expect(whole.trimmed).toEqual([]);
    expect(whole.nanoUsd).toBeGreaterThan(0);
    let before = 0;
    for (let ceilingNanoUsd = whole.nanoUsd; ceilingNanoUsd > 1_000; ceilingNanoUsd /= 1.5) {
      const { nanoUsd, trimmed } = price(name, { ceilingNanoUsd });
      expect(nanoUsd).toBeLessThanOrEqual(ceilingNanoUsd);
      expect(trimmed.length).toBeGreaterThanOrEqual(before);
      expect([...new Set(trimmed)]).toEqual(ORDER.filter((one) => trimmed.some((t) => t === one)));
      before = trimmed.length;
    }
  });

  test("no plan makes more asks than the key may", async () => {
    for (const fanOut of [1, 2, 3, 4, 6, 12, 24]) {
      const { options } = (await pricing({ fanOut })).price(name);
      const asks = ORCHESTRATIONS[name].bound(options).reduce((sum, { count }) => sum + count, 0);
      expect(asks).toBeLessThanOrEqual(fanOut);
    }
  });

  test("an ask of the engine's own is paid and counted beside the mode's", async () => {
    const { price } = await pricing();
    const one = price(name).nanoUsd;
    expect(price(name, { extraAsks: 1 }).nanoUsd).toBeGreaterThan(one);
  });
});

test.each(["primary_model_id", "review_model_id", "candidate_model_ids"])(
  "a model in %s that the key may not use is unknown under that name",
  async (field) => {
    const { check } = await pricing({ allowedModels: ["small-a"] });
    const naming = (id: string) =>
      resolveOrchestration("vote", [
        { [field]: field === "candidate_model_ids" ? ["small-a", id] : id },
      ]);
    expect(() => check(naming("small-a"))).not.toThrow();
    for (const id of ["strong", "nobody"]) {
      expect(() => check(naming(id))).toThrow(
        expect.objectContaining({ code: "model_not_found", param: `orchestration.${field}` }),
      );
    }
  },
);
