/** Models. The flat form, with `provider_id` and prices, makes the model and its offer. */
import { offerKey } from "../../catalog.ts";
import { modelRow, OFFER_KEYS } from "../../registry-rows.ts";
import type { RowKind } from "./kind.ts";
import { offerKind } from "./offer.ts";
import { named } from "./provider.ts";
import { environmentRows, only, readRow } from "./registry-read.ts";
import type { AdminRoute } from "./route.ts";
import { putRow } from "./row-store.ts";
import { rowRoutes } from "./rows.ts";

/** Models as rows. */
export const modelKind: RowKind<"model"> = {
  name: "model",
  path: "/models",
  idPattern: ":id{.+}",
  written: modelRow,
  told: {},
  writeOnly: ["provider_id", ...OFFER_KEYS],
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row) {
    const { models, offers } = await readRow(call, "models", row);
    const record = only(models);
    const [offer] = offers;
    if (!offer) return { record };
    return {
      record,
      async also(also) {
        const wanted = { id: offerKey(offer), row: () => offerKind.write(offer) };
        // The version asked for was the model's.
        await putRow({ ...also, version: undefined }, offerKind, wanted);
      },
    };
  },
  write: (record) => ({
    id: record.id,
    family: record.family,
    weight: record.weight,
    max_context_tokens: record.maxContextTokens,
    max_output_tokens: record.maxOutputTokens,
    kind: record.kind,
    capabilities: record.capabilities,
    enabled: record.enabled,
  }),
  declared: (gateway) => environmentRows(gateway).models,
};

/** List to delete. */
export const modelRoutes: readonly AdminRoute[] = rowRoutes(modelKind);
