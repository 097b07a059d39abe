/** The views of all providers in one place, so that an isolate reads them with one call. */
import type { ProviderView } from "../platform.ts";
import type { Actor } from "./actor.ts";

/** Models and buckets over all providers: an isolate reads them all every second. */
const ENTRIES_MAX = 4_000;

/** One for all providers. */
export class Directory implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["view"] as const;
  readonly version = 1;
  #providers = new Map<string, { readonly view: ProviderView; readonly atMs: number }>();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    this.#providers = new Map(
      structuredClone(snapshot) as [string, { view: ProviderView; atMs: number }][],
    );
  }

  snapshot(): unknown {
    return structuredClone([...this.#providers]);
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Replaces one provider's view; beyond the bound the providers that were silent longest are forgotten. */
  merge(providerId: string, view: ProviderView, nowMs: number): void {
    this.#providers.delete(providerId);
    this.#providers.set(providerId, { view: structuredClone(view), atMs: nowMs });
    let entries = 0;
    for (const each of this.#providers.values()) entries += sizeOf(each.view);
    for (const [id, each] of this.#providers) {
      if (entries <= ENTRIES_MAX || id === providerId) break;
      this.#providers.delete(id);
      entries -= sizeOf(each.view);
    }
  }

  /** By provider id. */
  view(): Record<string, ProviderView> {
    const views = [...this.#providers].map(([id, { view }]) => [id, view] as const);
    return structuredClone(Object.fromEntries(views));
  }
}

function sizeOf(view: ProviderView): number {
  return Object.keys(view.pulse).length + Object.keys(view.bucket).length + 1;
}
