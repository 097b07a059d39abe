/** Operations: alive, ready, metrics. None of them looks at a provider. */
import type { Context } from "hono";
import { stateGauges } from "../actors/gauges.ts";
import { actorRef } from "../actors/index.ts";
import { isNear } from "../address.ts";
import { TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import { hashKey } from "../key.ts";
import { renderPrometheus } from "../prometheus.ts";
import { seriesKey } from "../telemetry.ts";
import type { AppEnv } from "./door.ts";

/** `GET /healthz`: the process lives. */
export function healthz(c: Context<AppEnv>): Response {
  return c.json({ status: "ok" });
}

/** `GET /readyz`: can it serve, and if not, why. */
export function readyz(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const reasons: string[] = [];
    try {
      await gateway.snapshot.ready();
      const usable = gateway.snapshot.catalog().candidates.some((candidate) => candidate.enabled);
      if (!usable) reasons.push("no enabled model at an enabled provider");
    } catch {
      reasons.push("the registry cannot be read");
    }
    const ready = reasons.length === 0;
    return c.json({ ready, reasons }, ready ? 200 : 503);
  };
}

/** `GET /metrics`: Prometheus text, for the token's bearer or, without a token, for near peers only. */
export function metrics(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { metricsToken } = gateway.settings;
    const { peer } = gateway.platform.exchange(c.req.raw, c.env);
    const allowed = metricsToken
      ? hashKey(bearer(c.req.header("authorization"))) === hashKey(metricsToken)
      : peer !== undefined && isNear(peer);
    // What may not be seen is not there.
    if (!allowed) throw new TokenhubError("not_found");
    // Rows that cannot be sent now keep nobody from reading what is counted.
    await gateway.outbox.flush().catch(() => undefined);
    const total = await actorRef(gateway.platform.actors, "meter", "0").total();
    const gauges = stateGauges(gateway.snapshot.views(), gateway.platform.nowMs());
    const streams = {
      key: seriesKey("tokenhub_open_streams", {}),
      value: gateway.openStreams.size,
    };
    const text = renderPrometheus(total, [...gauges, streams]);
    return c.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  };
}

function bearer(header: string | undefined): string {
  return header?.replace(/^bearer /i, "") ?? "";
}
