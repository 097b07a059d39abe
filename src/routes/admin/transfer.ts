/** The registry as YAML, out and in again: the config file's own form, no secrets. */

import { stringify } from "yaml";
import { z } from "zod";
import type { Resources, WriteResult } from "../../administration.ts";
import { mergeRows, offerKey } from "../../catalog.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import { YAML_BYTES_MAX } from "../../yaml-text.ts";
import { aliasKind } from "./alias.ts";
import { isoTime } from "./answer.ts";
import type { Row, RowKind } from "./kind.ts";
import { modelKind } from "./model.ts";
import { offerKind } from "./offer.ts";
import { providerKind } from "./provider.ts";
import { wholeRegistry } from "./registry-read.ts";
import { readRegistryText } from "./registry-text.ts";
import { type AdminCall, type AdminRoute, adminRoute } from "./route.ts";
import { findRow, refusal, saveRecord } from "./row-store.ts";

/** JSON may need two letters for one. */
const BODY_BYTES_MAX = 2 * YAML_BYTES_MAX + 1024;

const importShape = z.object({ written: z.int(), unchanged: z.int() }).meta({ id: "Imported" });
const importBody = z.strictObject({ yaml: z.string().max(YAML_BYTES_MAX) });

const TITLE = (atMs: number) =>
  ` Tokenhub's registry, ${isoTime(atMs)}. No secrets: provider keys in the vault are not in it.\n`;

/** Everything but what was found by discovery: that is found again. */
async function exported(gateway: Gateway): Promise<string> {
  const stored = await gateway.platform.store.registry();
  const models = new Set(stored.discovered.models.map(({ id }) => id));
  const offers = new Set(stored.discovered.offers.map(offerKey));
  const rows = mergeRows(stored, gateway.settings.declared);
  const text = {
    providers: rows.providers.map(providerKind.write),
    models: rows.models.filter(({ id }) => !models.has(id)).map(modelKind.write),
    offers: rows.offers.filter((offer) => !offers.has(offerKey(offer))).map(offerKind.write),
    aliases: rows.aliases.map(aliasKind.write),
  };
  const title = TITLE(gateway.platform.nowMs());
  return `#${title}${stringify(JSON.parse(JSON.stringify(text)), { lineWidth: 0 })}`;
}

type Section = "provider" | "model" | "offer" | "alias";

/** A row that differs from what stands there. */
interface Difference {
  readonly isOwned: boolean;
  save(): Promise<WriteResult>;
}

/** What would change; undefined: the row is there as it is. */
async function difference<N extends Section>(
  call: AdminCall,
  kind: RowKind<N>,
  record: Resources[N],
): Promise<Difference | undefined> {
  const before = await findRow(call.gateway, kind, kind.recordId(record));
  if (before && same(kind.write(before.record), kind.write(record))) return undefined;
  const isOwned = before?.managed === "config";
  return { isOwned, save: () => saveRecord(call, kind, { record, before }) };
}

/**
 * Writes what differs; what others are named by comes first.
 * @throws TokenhubError before anything is written where a row of the config file would change.
 */
async function imported(asked: AdminCall<z.output<typeof importBody>>) {
  const { gateway } = asked;
  const call = { ...asked, version: undefined };
  const rows = readRegistryText(gateway, asked.body.yaml, await wholeRegistry(gateway));
  const of = <N extends Section>(kind: RowKind<N>, records: readonly Resources[N][]) =>
    Promise.all(records.map((record) => difference(call, kind, record)));
  const all = [
    ...(await of(providerKind, rows.providers)),
    ...(await of(modelKind, rows.models)),
    ...(await of(offerKind, rows.offers)),
    ...(await of(aliasKind, rows.aliases)),
  ];
  const differences = all.filter((one) => one !== undefined);
  if (differences.some(({ isOwned }) => isOwned)) throw refusal("managed", undefined);
  for (const { save } of differences) {
    const written = await save();
    if (written !== "written") throw refusal(written, undefined);
  }
  await gateway.snapshot.reload();
  return { written: differences.length, unchanged: all.length - differences.length };
}

function same(one: Row, other: Row): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** `GET /export` and `POST /import`. */
export const transferRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/export", guard: "admin", summary: "The registry as YAML" },
    answer: z.string(),
    answerType: "application/yaml",
    async handle({ gateway }) {
      const name = 'attachment; filename="tokenhub.yaml"';
      const headers = { "content-type": "application/yaml", "content-disposition": name };
      return { text: await exported(gateway), headers };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/import", guard: "admin", body: importBody, textField: "yaml" },
    summary: "Upserts of a YAML text; as JSON, or as it is with a bearer token",
    bytesMax: BODY_BYTES_MAX,
    answer: importShape,
    async stepUp({ gateway }) {
      // Whoever imports may move providers that have keys in the vault.
      return (await gateway.platform.admin.list("credential", { limit: 1 })).length > 0;
    },
    async handle(call) {
      if (call.body.yaml.trim() === "") {
        throw new TokenhubError("invalid_value", { param: "yaml", detail: "is empty." });
      }
      return { body: await imported(call) };
    },
  }),
];
