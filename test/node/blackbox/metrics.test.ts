/** `/metrics` over real HTTP: who may read it, and that Prometheus can. */
import { describe, expect, test } from "vitest";
import { METRICS } from "../../../src/telemetry.ts";
import { saying } from "../../fakes/client.ts";
import { readExposition, samplesOf } from "../../fakes/exposition.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { REFUSALS } from "../../fakes/upstream-script.ts";

const TOKEN = "metrics-token-of-the-operator";

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    env: { TOKENHUB_METRICS_TOKEN: TOKEN },
    limits: { backoffBaseMs: 5 },
    registry: {
      providers: [{ id: "one" }],
      models: [
        {
          id: "m",
          provider_id: "one",
          upstream_name: "gpt-test",
          input_per_1k: 1,
          output_per_1k: 1,
        },
      ],
    },
  });
  const scrape = (headers: Record<string, string>) =>
    fetch(`${gateway.home.url}/metrics`, { headers });

  test("is not there for strangers, whatever key they have", async () => {
    for (const authorization of [
      "",
      "Bearer wrong",
      `Bearer ${gateway.home.key}`,
      TOKEN.slice(1),
    ]) {
      expect((await scrape({ authorization })).status).toBe(404);
    }
    expect((await scrape({})).status).toBe(404);
  });

  test("tells the token's bearer what happened, in valid exposition format", async () => {
    const request = { model: "m", messages: saying("Hello?") };
    await gateway.client.complete(request);
    await gateway.client.complete({ ...request, stream: true });
    gateway.upstream.next({ said: REFUSALS.serverError });
    await gateway.client.complete(request);
    await gateway.client.complete({ ...request, model: "no-such-model" });

    const response = await scrape({ authorization: `Bearer ${TOKEN}` });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = readExposition(await response.text());
    for (const [metric, { type }] of families) {
      expect([metric, type]).toEqual([metric, METRICS[metric as keyof typeof METRICS].kind]);
    }
    const sum = (metric: string, labels: Record<string, string>) =>
      samplesOf(families, metric, labels).reduce((total, { value }) => total + value, 0);
    const served = { model: "m", provider: "one" };
    expect(sum("tokenhub_requests_total", { ...served, status: "200", mode: "normal" })).toBe(3);
    expect(sum("tokenhub_requests_total", { status: "404" })).toBe(1);
    expect(sum("tokenhub_attempts_total", { ...served, class: "ok" })).toBe(3);
    expect(sum("tokenhub_attempts_total", { ...served, class: "transient" })).toBe(1);
    expect(sum("tokenhub_tokens_total", { ...served, kind: "prompt" })).toBe(27);
    expect(sum("tokenhub_tokens_total", { ...served, kind: "completion" })).toBe(36);
    // 21 tokens at $1 per 1k, three times.
    expect(sum("tokenhub_cost_usd_total", served)).toBeCloseTo(0.063, 9);
    expect(sum("tokenhub_breaker_state", served)).toBe(0);
    expect(sum("tokenhub_open_streams", {})).toBe(0);
  });

  test("buckets of a histogram add up", async () => {
    await gateway.client.complete({ model: "m", messages: saying("Hello?") });
    const response = await scrape({ authorization: `Bearer ${TOKEN}` });
    const families = readExposition(await response.text());
    const latency = samplesOf(families, "tokenhub_request_latency_ms", { model: "m" });
    const counts = latency.filter(({ name }) => name.endsWith("_bucket")).map((s) => s.value);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    const last = latency.find(({ labels }) => labels.le === "+Inf");
    const count = latency.find(({ name }) => name.endsWith("_count"));
    expect(last?.value).toBe(count?.value);
    expect(count?.value).toBeGreaterThanOrEqual(1);
  });
});
