/** How providers, breakers and buckets stand, as this isolate or process knows them now. */
import { z } from "zod";
import type { BucketView, ProviderView, PulseView } from "../../platform.ts";
import { isoTime } from "./answer.ts";
import { CREDENTIAL_STATES, providerKind } from "./provider.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const healthShape = z
  .object({
    registry_version: z.int(),
    open_streams: z.int(),
    providers: z.array(
      z.looseObject({
        id: z.string(),
        enabled: z.boolean(),
        credential_state: z.enum(CREDENTIAL_STATES),
        models: z.array(z.looseObject({ model: z.string(), breaker: z.string() })),
        buckets: z.array(z.looseObject({ credential: z.string(), model: z.string() })),
      }),
    ),
  })
  .meta({ id: "Health" });

function modelHealth([model, view]: [string, PulseView], nowMs: number) {
  const isOver = view.breaker === "open" && view.openUntilMs <= nowMs;
  return {
    model,
    breaker: isOver ? "half-open" : view.breaker,
    open_until: view.openUntilMs > nowMs ? isoTime(view.openUntilMs) : undefined,
    ramp: view.ramp,
    failure: view.failure,
    samples: view.samples,
    ttft_p50_ms: view.ttftP50Ms,
    ttft_p95_ms: view.ttftP95Ms,
    token_p50_ms: view.tokenP50Ms,
  };
}

function bucketHealth([pair, view]: [string, BucketView], nowMs: number) {
  const [credential = "", model = ""] = pair.split("\n");
  const isHeld = view.throttledUntilMs > nowMs;
  return {
    ...{ credential, model, headroom: view.headroom },
    throttled_until: isHeld ? isoTime(view.throttledUntilMs) : undefined,
    reason: isHeld ? view.reason : undefined,
  };
}

function told(view: ProviderView | undefined, nowMs: number) {
  return {
    models: Object.entries(view?.pulse ?? {}).map((one) => modelHealth(one, nowMs)),
    buckets: Object.entries(view?.bucket ?? {}).map((one) => bucketHealth(one, nowMs)),
  };
}

/** `GET /health`. */
export const healthRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/health", guard: "admin" },
    summary: "Providers, breakers and buckets",
    answer: healthShape,
    async handle({ gateway }) {
      const { snapshot, platform, openStreams } = gateway;
      await snapshot.ready();
      const nowMs = platform.nowMs();
      const catalog = snapshot.catalog();
      const views = snapshot.views();
      const providers = [...catalog.providers.values()].map((provider) => ({
        ...{ id: provider.id, enabled: provider.enabled },
        ...providerKind.tell?.(gateway, provider),
        ...told(views[provider.id], nowMs),
      }));
      const counts = { registry_version: catalog.version, open_streams: openStreams.size };
      return { body: { ...counts, providers } };
    },
  }),
];
