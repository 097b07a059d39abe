/** Offers: a model at a provider, with its price. Their id is `provider/model`. */
import { z } from "zod";
import { type OfferRecord, offerKey } from "../../catalog.ts";
import { TokenhubError } from "../../errors.ts";
import { NANO_USD_PER_MILLION } from "../../registry.ts";
import { offerRow } from "../../registry-rows.ts";
import type { Row, RowKind } from "./kind.ts";
import { environmentRows, only, readRow } from "./registry-read.ts";
import type { AdminRoute } from "./route.ts";
import { rowRoutes } from "./rows.ts";

/** Offers as rows. */
export const offerKind: RowKind<"offer"> = {
  name: "offer",
  path: "/offers",
  idPattern: ":id{.+}",
  byProvider: true,
  written: offerRow,
  told: { id: z.string() },
  writeOnly: ["pricing"],
  idOf: (row) => offerKey({ providerId: String(row.provider_id), modelId: String(row.model_id) }),
  named(row, id) {
    const slash = id.indexOf("/");
    const named = { provider_id: id.slice(0, slash), model_id: id.slice(slash + 1) };
    for (const param of ["provider_id", "model_id"] as const) {
      if (row[param] === undefined || row[param] === named[param]) continue;
      throw new TokenhubError("invalid_value", { param, detail: "The path names another." });
    }
    return { ...flat(row), ...named };
  },
  recordId: offerKey,
  async read(call, row) {
    const { offers } = await readRow(call, "offers", row);
    return { record: only(offers) };
  },
  write: (record) => ({
    provider_id: record.providerId,
    model_id: record.modelId,
    upstream_name: record.upstreamName,
    ...prices(record),
    expected_latency_ms: record.expectedLatencyMs,
    enabled: record.enabled,
  }),
  declared: (gateway) => environmentRows(gateway).offers,
};

/** Prices inside a group of their own replace those beside it. */
function flat({ pricing, ...row }: Row): Row {
  return typeof pricing === "object" && pricing !== null ? { ...row, ...pricing } : row;
}

function prices({ prices: { input, output, cachedInput, cacheWriteInput } }: OfferRecord): Row {
  const usd = (nano: number | undefined) =>
    nano === undefined ? undefined : nano / NANO_USD_PER_MILLION;
  return {
    input_per_1k: usd(input),
    output_per_1k: usd(output),
    cached_input_per_1k: usd(cachedInput),
    cache_write_input_per_1k: usd(cacheWriteInput),
  };
}

/** List to delete. */
export const offerRoutes: readonly AdminRoute[] = rowRoutes(offerKind);
