/** Purses beside a ledger: several isolates of one gateway, with a network that fails on demand. */
import { processActors } from "../../self-hosted/actors.ts";
import { actorRef } from "../../src/actors/index.ts";
import type { BudgetAlert, Levels } from "../../src/actors/ledger-terms.ts";
import type { KeyRecord } from "../../src/key.ts";
import type { ActorHost } from "../../src/platform.ts";
import { createPurse, type Purse } from "../../src/purse.ts";
import { fakePlatform } from "./platform.ts";
import { NO_ROWS } from "./records.ts";

/** What the network between purses and ledgers does with the next calls. */
export type Network = "works" | "down" | "answer-lost" | "silent";

/** Isolates on one clock; `calls` counts exchanges. */
export function purses(count: number, host?: ActorHost) {
  const platform = fakePlatform(NO_ROWS);
  const store = { registryVersion: async () => 1, appendRequests: async () => undefined };
  const inner = host ?? processActors({ store, nowMs: platform.nowMs, every: () => undefined });
  const world = { network: "works" as Network, calls: 0 };
  const alerts: (BudgetAlert & { readonly ledger: string })[] = [];
  const crashed = new Set<Purse>();
  const start = (): Purse => {
    const actors: ActorHost = {
      view: inner.view,
      async call(to, method, args) {
        if (crashed.has(purse)) return new Promise(() => undefined);
        world.calls += 1;
        if (world.network === "down") throw new Error("unreachable");
        if (world.network === "silent") return new Promise(() => undefined);
        const answer = await inner.call(to, method, args);
        if (world.network === "answer-lost") throw new Error("connection reset");
        return answer;
      },
    };
    const purse = createPurse({
      platform: { ...platform, actors },
      onAlert: (alert) => void alerts.push(alert),
    });
    return purse;
  };
  const all = Array.from({ length: count }, start);
  return {
    platform,
    world,
    alerts,
    all,
    start,
    /** Nothing is heard of it any more. */
    crash: (purse: Purse) => void crashed.add(purse),
    one: all[0] ?? start(),
    /** Of a day in the key's own ledger, or in its project's. */
    async usage(key: KeyRecord): Promise<Levels> {
      const ledger = actorRef(inner, "ledger", key.projectId ?? key.id);
      return ledger.usage(key.id, platform.nowMs());
    },
  };
}
