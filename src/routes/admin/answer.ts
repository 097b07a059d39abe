/** What all answers of the admin API have in common. */
import { z } from "zod";

/** The answer where there is nothing to tell. */
export const okShape = z.object({ ok: z.literal(true) }).meta({ id: "Done" });
/** The answer of `okShape`. */
export const DONE = { body: { ok: true } } as const;

/** The answer to a removal. */
export const deletedShape = z.object({ deleted: z.literal(true) }).meta({ id: "Deleted" });
/** The answer of `deletedShape`. */
export const DELETED = { body: { deleted: true } } as const;

/** Rows of one answer at most. */
export const PAGE_ROWS_MAX = 200;

/** `?limit=`: rows of one answer. */
export const limitShape = z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS_MAX);

/** A page of rows; `next` goes into the next request, null: this was the last. */
export function pageShape(row: z.ZodType) {
  return z.object({ data: z.array(row), next: z.string().nullable() });
}

/** ISO 8601 in UTC, as every time of the admin API; undefined stays undefined. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | undefined): string | undefined;
export function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** A time as people write it: ISO 8601, or Unix milliseconds; read as milliseconds. */
export const timeShape = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.coerce.number().int().min(0).max(8.64e15),
]);
