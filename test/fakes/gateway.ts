/** One running home with one scripted upstream behind it, shared by all tests of a suite. */
import { afterAll, beforeAll } from "vitest";
import { type Client, clientOf } from "./client.ts";
import { HOMES, type Home, type HomeName, type HomeOptions } from "./homes.ts";
import { rowsOf } from "./registry.ts";
import { startUpstream, type Upstream, type UpstreamOptions } from "./upstream.ts";

interface GatewayPlan extends Omit<HomeOptions, "rows"> {
  readonly upstream?: UpstreamOptions;
  /** Sections of a config file; providers without `base_url` are the upstream. */
  readonly registry: Readonly<Record<string, readonly object[]>>;
}

interface Running {
  readonly home: Home;
  readonly upstream: Upstream;
  /** With the home's own key. */
  readonly client: Client;
}

/** Starts both before the suite's tests and stops them after; the fields may be read in tests only. */
export function useGateway(
  home: HomeName | ((options: HomeOptions) => Promise<Home>),
  plan: GatewayPlan,
): Running {
  const start = typeof home === "string" ? HOMES[home] : home;
  const running = {} as { -readonly [K in keyof Running]: Running[K] };
  beforeAll(async () => {
    running.upstream = await startUpstream(plan.upstream);
    const { providers = [], ...rest } = plan.registry;
    const { baseUrl } = running.upstream;
    const placed = providers.map((row) => ({ type: "openai", base_url: baseUrl, ...row }));
    const { env, limits } = plan;
    running.home = await start({
      rows: rowsOf({ ...rest, providers: placed }),
      env,
      limits,
    });
    running.client = clientOf(running.home);
  });
  afterAll(async () => {
    await running.home?.stop();
    await running.upstream?.close();
  });
  return running;
}
