/** Aliases: a name for several models. */
import { aliasRow } from "../../registry-rows.ts";
import type { RowKind } from "./kind.ts";
import { named } from "./provider.ts";
import { environmentRows, only, readRow } from "./registry-read.ts";
import type { AdminRoute } from "./route.ts";
import { rowRoutes } from "./rows.ts";

/** Aliases as rows. */
export const aliasKind: RowKind<"alias"> = {
  name: "alias",
  path: "/aliases",
  idPattern: ":id{.+}",
  written: aliasRow,
  told: {},
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row) {
    const { aliases } = await readRow(call, "aliases", row);
    return { record: only(aliases) };
  },
  write: (record) => ({
    id: record.id,
    strategy: record.strategy,
    targets: record.targets.map(({ modelId, weight }) => ({ model_id: modelId, weight })),
    enabled: record.enabled,
  }),
  declared: (gateway) => environmentRows(gateway).aliases,
};

/** List to delete. */
export const aliasRoutes: readonly AdminRoute[] = rowRoutes(aliasKind);
