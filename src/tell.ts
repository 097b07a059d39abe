/** What metrics and log say of a finished attempt and of a finished request. */
import { usdFromNano } from "./cost.ts";
import type { AttemptRecord } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import type { RequestRow } from "./platform.ts";
import type { MeterRegistry, Series } from "./telemetry.ts";

/** The metric of one finished attempt, and its log line when it failed. */
export function tellAttempt(gateway: Gateway, requestId: string, made: AttemptRecord): void {
  const { result, what } = made;
  const { candidate } = made.ranked;
  const labels = { provider: candidate.provider.id, model: candidate.model.id };
  gateway.meter.count("tokenhub_attempts_total", { ...labels, class: result });
  if (result === "ok" || result === "aborted") return;
  gateway.platform.log({
    type: "attempt-failed",
    level: "warn",
    requestId,
    ...labels,
    class: result,
    what,
  });
}

/** The log line and the metrics of one finished request; `estimated` is our own count of its prompt. */
export function tellRequest(gateway: Gateway, row: RequestRow, estimated: number): void {
  count(seriesOf(gateway.meter, row), row, estimated);
  gateway.platform.log({
    type: "request-done",
    level: "info",
    requestId: row.id,
    keyId: row.keyId,
    door: row.door,
    status: row.status,
    code: row.errorCode,
    model: row.modelId,
    provider: row.providerId,
    attempts: row.attempts,
    latencyMs: Math.round(row.latencyMs),
    stream: row.stream,
  });
}

function count(series: RequestSeries, row: RequestRow, estimated: number): void {
  const { promptTokens, completionTokens, costNanoUsd } = row;
  series.requests.add(1);
  series.latency.add(row.latencyMs);
  series.overhead.add(row.overheadMs);
  if (row.modelId === undefined) return;
  if (costNanoUsd !== undefined) series.cost.add(usdFromNano(costNanoUsd));
  if (row.ttftMs !== undefined) series.ttft.add(row.ttftMs);
  if (promptTokens === undefined) return;
  series.promptTokens.add(promptTokens);
  series.completionTokens.add(completionTokens ?? 0);
  if (promptTokens > 0) {
    series.estimateError.add(Math.abs(estimated - promptTokens) / promptTokens);
  }
}

/** The series of all requests that share mode, model, provider and status. */
interface RequestSeries {
  readonly requests: Series;
  readonly latency: Series;
  readonly overhead: Series;
  readonly cost: Series;
  readonly ttft: Series;
  readonly promptTokens: Series;
  readonly completionTokens: Series;
  readonly estimateError: Series;
}

/** Looking eight series up by their labels costs more than all their counting. */
const known = new WeakMap<MeterRegistry, Map<string, RequestSeries>>();
/** More kinds of requests than one gateway sees in a minute; beyond it they are looked up anew. */
const KINDS_MAX = 1_000;

function seriesOf(meter: MeterRegistry, row: RequestRow): RequestSeries {
  const kind = `${row.mode}\n${row.modelId}\n${row.providerId}\n${row.status}`;
  const byKind = known.get(meter) ?? new Map<string, RequestSeries>();
  known.set(meter, byKind);
  const found = byKind.get(kind);
  if (found) return found;
  if (byKind.size >= KINDS_MAX) byKind.clear();
  const served = { model: row.modelId ?? "", provider: row.providerId ?? "" };
  const labels = { ...served, mode: row.mode };
  const made: RequestSeries = {
    requests: meter.series("tokenhub_requests_total", { ...labels, status: String(row.status) }),
    latency: meter.series("tokenhub_request_latency_ms", labels),
    overhead: meter.series("tokenhub_overhead_ms", {}),
    cost: meter.series("tokenhub_cost_usd_total", served),
    ttft: meter.series("tokenhub_ttft_ms", served),
    promptTokens: meter.series("tokenhub_tokens_total", { ...served, kind: "prompt" }),
    completionTokens: meter.series("tokenhub_tokens_total", { ...served, kind: "completion" }),
    estimateError: meter.series("tokenhub_token_estimate_error", served),
  };
  byKind.set(kind, made);
  return made;
}
