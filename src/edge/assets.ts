/** The files of the admin page as Workers keeps them: static assets behind a binding. */
import type { Platform } from "../platform.ts";

/** Of `env.ASSETS`, what is used. */
export interface AssetsBinding {
  readonly fetch: (url: string) => Promise<Response>;
}

/** Any origin would do: the binding looks at the path only. */
const ORIGIN = "https://assets.invalid";
const PREFIX = "/admin";

/** `Platform.asset` over the binding; a Worker deployed without the page has none, and no files. */
export function edgeAssets(binding: AssetsBinding | undefined): Platform["asset"] {
  return async (path) => {
    if (binding === undefined || !path.startsWith(`${PREFIX}/`)) return undefined;
    const found = await binding.fetch(ORIGIN + path.slice(PREFIX.length));
    const contentType = found.headers.get("content-type");
    if (found.status === 200 && found.body !== null && contentType !== null) {
      return { body: found.body, contentType };
    }
    await found.body?.cancel();
    return undefined;
  };
}
