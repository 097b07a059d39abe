/** What a provider's object does beside answering: it tells the directory how the provider is. */
import { actorRef, FIRST } from "../src/actors/index.ts";
import type { ProviderView } from "../src/platform.ts";
import { edgeActors } from "./actors.ts";
import type { Duty, Hosted } from "./host.ts";

/** Isolates read the directory every 1–2 s; telling it more often would change nothing. */
const PUSH_MS = 500;

/** At most one push in that time: the last view answered by then. */
export function pushView({ env }: Hosted): Duty {
  let pushedAtMs = Number.NEGATIVE_INFINITY;
  let waiting: ProviderView | undefined;

  function push(providerId: string): void {
    if (!waiting) return;
    const view = waiting;
    waiting = undefined;
    pushedAtMs = Date.now();
    const directory = actorRef(edgeActors(env), "directory", FIRST);
    // A lost push is made good by the next one, and isolates overlay what they saw themselves.
    directory.merge(providerId, view, pushedAtMs).catch(() => undefined);
  }

  return {
    called({ to, method, answer }) {
      if (to.actor !== "*" || method !== "observe") return;
      const idle = waiting === undefined;
      waiting = answer as ProviderView;
      const dueMs = Math.max(0, Math.min(PUSH_MS, pushedAtMs + PUSH_MS - Date.now()));
      if (idle) setTimeout(() => push(to.name), dueMs);
    },
  };
}
