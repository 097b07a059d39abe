/** Requests, errors, cost and latency over time. */
import { z } from "zod";
import { usdFromNano } from "../../cost.ts";
import { TokenhubError } from "../../errors.ts";
import { isoTime, timeShape } from "./answer.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const HOUR_SECONDS = 3_600;
const DAY_MS = 24 * HOUR_SECONDS * 1000;
/** More points than a chart has pixels for. */
const POINTS_MAX = 2_000;

const pointShape = z
  .object({
    at: z.string(),
    requests: z.int(),
    errors: z.int(),
    cost_usd: z.number(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    latency_mean_ms: z.number(),
    latency_max_ms: z.number(),
  })
  .meta({ id: "StatsPoint" });

const query = z.strictObject({
  from: timeShape.optional().meta({ description: "Default: a day before `to`." }),
  to: timeShape.optional().meta({ description: "Default: now." }),
  step: z.coerce
    .number()
    .int()
    .min(1)
    .max(31 * 24 * HOUR_SECONDS)
    .default(HOUR_SECONDS)
    .meta({ description: "Seconds of one point." }),
});

/** `GET /stats`. */
export const statsRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/stats", guard: "admin", query },
    summary: "A time series; steps without a request are left out",
    answer: z.object({ data: z.array(pointShape) }),
    async handle({ gateway, query: asked }) {
      const { nowMs, admin } = gateway.platform;
      const toMs = Math.ceil(asked.to ?? nowMs());
      const fromMs = asked.from ?? toMs - DAY_MS;
      const stepMs = asked.step * 1000;
      if (fromMs >= toMs) {
        throw new TokenhubError("invalid_value", { param: "from", detail: "must be before to." });
      }
      if ((toMs - fromMs) / stepMs > POINTS_MAX) {
        const detail = `must be longer: there would be more than ${POINTS_MAX} points.`;
        throw new TokenhubError("invalid_value", { param: "step", detail });
      }
      const points = await admin.stats({ fromMs, toMs, stepMs });
      const data = points.map((point) => ({
        at: isoTime(point.atMs),
        requests: point.requests,
        errors: point.errors,
        cost_usd: usdFromNano(point.costNanoUsd),
        prompt_tokens: point.promptTokens,
        completion_tokens: point.completionTokens,
        latency_mean_ms: point.latencyMeanMs,
        latency_max_ms: point.latencyMaxMs,
      }));
      return { body: { data } };
    },
  }),
];
