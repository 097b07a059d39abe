/** The directory's object: the merged views, and the registry's version beside them. */
import { FIRST, OBJECTS } from "../src/actors/index.ts";
import type { DirectoryView, ProviderView, Store } from "../src/platform.ts";
import { d1Sql } from "../src/store/sql.ts";
import { createStore } from "../src/store/store.ts";
import { hosted } from "./host.ts";

/** All isolates together read the version from the store this often: an admin's change shows within 2 s. */
const VERSION_MS = 500;

const SELF = { object: "directory", name: FIRST, actor: "*" };

export class Directory extends hosted(OBJECTS.directory) {
  readonly #version = versionReader(createStore(d1Sql(this.env.DB)));

  /** All that an isolate asks for every second or two, in one call. */
  async view(): Promise<DirectoryView> {
    const registryVersion = await this.#version(Date.now());
    const providers = this.call(SELF, "view", []) as Record<string, ProviderView>;
    return { registryVersion, providers };
  }
}

/** Answers the version as it was at most `VERSION_MS` ago; while the store fails, the last one known (0: none). */
function versionReader(store: Pick<Store, "registryVersion">): (nowMs: number) => Promise<number> {
  let known = 0;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();
  return async (nowMs) => {
    if (Math.abs(nowMs - askedAtMs) >= VERSION_MS) {
      askedAtMs = nowMs;
      asking = store.registryVersion().then(
        (version) => {
          known = version;
        },
        () => undefined,
      );
    }
    await asking;
    return known;
  };
}
