/** Rows of tables ↔ the records of the base nouns, where the two differ. */
import type { ModelRecord, OfferRecord } from "../catalog.ts";
import type { KeyRecord } from "../key.ts";
import type { RequestRow } from "../platform.ts";
import type { apiKey, model, offer, requestLog } from "./schema.ts";

/** A row with undefined where the table has null. */
export type Filled<R> = {
  readonly [K in keyof R]: null extends R[K] ? Exclude<R[K], null> | undefined : R[K];
};

/** Records say undefined where a table says null. */
export function filled<R extends object>(row: R): Filled<R> {
  const record: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(row)) record[field] = value ?? undefined;
  return record as Filled<R>;
}

type OfferRow = Omit<typeof offer.$inferSelect, "version" | "declaration">;
type ModelRow = Omit<typeof model.$inferSelect, "version" | "declaration">;

/** A model's row without its owner. */
export function modelRecord({ managed, ...row }: ModelRow): ModelRecord {
  return filled(row);
}

/** The row of an offer. */
export function offerRow({ prices, ...rest }: OfferRecord) {
  return {
    ...rest,
    inputNanoUsd: prices.input,
    outputNanoUsd: prices.output,
    cachedInputNanoUsd: prices.cachedInput,
    cacheWriteInputNanoUsd: prices.cacheWriteInput,
  };
}

/** An offer's row without its owner. */
export function offerRecord({ managed, ...row }: OfferRow): OfferRecord {
  const { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, cacheWriteInputNanoUsd, ...rest } =
    filled(row);
  const prices = {
    input: inputNanoUsd,
    output: outputNanoUsd,
    cachedInput: cachedInputNanoUsd,
    cacheWriteInput: cacheWriteInputNanoUsd,
  };
  return { ...rest, prices };
}

/** Clocks may give fractions; integer columns hold whole milliseconds. */
export function keyRow(key: KeyRecord): typeof apiKey.$inferInsert {
  const whole = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms));
  return {
    ...key,
    createdAtMs: Math.round(key.createdAtMs),
    expiresAtMs: whole(key.expiresAtMs),
    revokedAtMs: whole(key.revokedAtMs),
    previousUntilMs: whole(key.previousUntilMs),
    version: 1,
  };
}

/** Whole milliseconds, as the column holds them. */
export function requestLogRow(row: RequestRow): typeof requestLog.$inferInsert {
  return Number.isInteger(row.atMs) ? row : { ...row, atMs: Math.round(row.atMs) };
}
