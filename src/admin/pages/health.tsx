/** Breakers, speeds and headroom of a provider, as routing sees them. */
import { ms, percent, time } from "../format.ts";
import { Badge, Empty } from "../parts/notice.tsx";
import { Table } from "../parts/table.tsx";

interface ModelHealth {
  readonly model: string;
  readonly breaker: "closed" | "open" | "half-open";
  readonly open_until?: string;
  readonly failure?: number;
  readonly ttft_p50_ms?: number;
  readonly ttft_p95_ms?: number;
  readonly samples?: number;
}

interface BucketHealth {
  readonly model: string;
  readonly credential: string;
  readonly headroom: number;
  readonly throttled_until?: string;
  readonly reason?: string;
}

interface ProviderHealth {
  readonly id: string;
  /** `ok`, `none` (none needed), or why it cannot be asked. */
  readonly credential_state: string;
  readonly models: readonly ModelHealth[];
  readonly buckets: readonly BucketHealth[];
}

/** Answer of `GET /health`. */
export interface HealthReport {
  readonly providers: readonly ProviderHealth[];
}

/** State of its credential → what is wrong with it. */
const LACKS: Readonly<Record<string, string>> = {
  missing: "has no key",
  vault_sealed: "vault sealed",
  credential_origin_mismatch: "key is for another address",
};

function healthOf(report: HealthReport, id: string): ProviderHealth | undefined {
  return report.providers.find((one) => one.id === id);
}

/** One word for a provider: the worst that is true of it. */
export function stateOf(
  report: HealthReport,
  id: string,
): { readonly word: string; readonly kind?: "good" | "warn" | "bad" } {
  const health = healthOf(report, id);
  const lack = LACKS[health?.credential_state ?? ""];
  if (lack !== undefined) return { word: lack, kind: "warn" };
  const models = health?.models ?? [];
  const open = models.filter((model) => model.breaker === "open").length;
  if (open > 0 && open === models.length) return { word: "down", kind: "bad" };
  if (open > 0) return { word: `${open} of ${models.length} models down`, kind: "warn" };
  const held = (health?.buckets ?? []).filter((bucket) => bucket.reason);
  const reason = held[0]?.reason;
  if (reason) return { word: reason.replaceAll("_", " "), kind: "warn" };
  if (models.some((model) => model.breaker === "half-open"))
    return { word: "recovering", kind: "warn" };
  return models.some((model) => (model.samples ?? 0) > 0)
    ? { word: "healthy", kind: "good" }
    : { word: "not used yet" };
}

/** Both tables of one provider. */
export function Health(props: { report: HealthReport; provider: string }) {
  const health = healthOf(props.report, props.provider);
  const models = health?.models ?? [];
  const buckets = health?.buckets ?? [];
  if (models.length + buckets.length === 0) {
    return (
      <Empty>No request has been sent to {props.provider} yet, so nothing is known of it.</Empty>
    );
  }
  return (
    <>
      <Table
        caption="Models"
        rows={models}
        id={(row) => row.model}
        columns={[
          { head: "Model", cell: (row) => <code>{row.model}</code> },
          { head: "Breaker", cell: (row) => <Breaker row={row} /> },
          { head: "Likely to fail", numeric: true, cell: (row) => percent(row.failure) },
          { head: "First token p50", numeric: true, cell: (row) => ms(row.ttft_p50_ms) },
          { head: "p95", numeric: true, cell: (row) => ms(row.ttft_p95_ms) },
        ]}
      />
      {buckets.length > 0 && (
        <Table
          caption="Limits"
          rows={buckets}
          id={(row) => `${row.credential} ${row.model}`}
          columns={[
            { head: "Model", cell: (row) => <code>{row.model}</code> },
            { head: "Key", cell: (row) => <code>{row.credential || "–"}</code> },
            { head: "Headroom", numeric: true, cell: (row) => percent(row.headroom) },
            { head: "Held back until", cell: (row) => time(row.throttled_until) },
            { head: "Why", cell: (row) => row.reason?.replaceAll("_", " ") ?? "–" },
          ]}
        />
      )}
    </>
  );
}

function Breaker({ row }: { row: ModelHealth }) {
  if (row.breaker === "open") return <Badge kind="bad">open until {time(row.open_until)}</Badge>;
  if (row.breaker === "half-open") return <Badge kind="warn">half-open</Badge>;
  return <Badge kind="good">closed</Badge>;
}
