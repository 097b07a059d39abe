/** What the admin API knows of one kind of row; `rows.ts` makes its routes of it. */
import type { z } from "zod";
import type { ResourceName, Resources, Stored } from "../../administration.ts";
import type { Gateway } from "../../isolate.ts";
import type { AdminCall } from "./route.ts";

/** A row as people write it and as it is told: JSON, snake_case, USD. */
export type Row = Readonly<Record<string, unknown>>;

/** A row as it stands, and who owns it. */
export type Standing<N extends ResourceName> = Stored<Resources[N]>;

/** What becomes of a written row: its own record, and other rows that it stands for (a model's offer). */
export interface Reading<N extends ResourceName> {
  readonly record: Resources[N];
  /** Written after the row itself. */
  readonly also?: (call: AdminCall) => Promise<void>;
}

/** One kind of row. */
export interface RowKind<N extends ResourceName> {
  readonly name: N;
  /** Of the list: `/providers`. */
  readonly path: string;
  /** `:id`, or `:id{.+}` where ids hold slashes. */
  readonly idPattern: ":id" | ":id{.+}";
  /** Strict schema of a row as it is written, its id included. */
  readonly written: z.ZodObject;
  /** Fields that are only told, or told otherwise than written. */
  readonly told: z.ZodRawShape;
  /** Fields that are only written. */
  readonly writeOnly?: readonly string[];
  /** Its list may be asked for the rows of one provider. */
  readonly byProvider?: true;
  /** Id of a written row; undefined: one is to be made. */
  idOf(row: Row): string | undefined;
  /** Puts the path's id into a row. @throws TokenhubError invalid_value when the row names another. */
  named(row: Row, id: string): Row;
  /** Id of a record. */
  recordId(record: Resources[N]): string;
  /** @throws TokenhubError with the path of what is wrong. */
  read(call: AdminCall, row: Row, before: Standing<N> | undefined): Promise<Reading<N>>;
  /** The row as it could be written again; nothing secret. */
  write(record: Resources[N]): Row;
  /** Fields that are only told, beside version and owner. */
  tell?(gateway: Gateway, record: Resources[N]): Row | Promise<Row>;
  /** Rows that the environment declares: they are in no table. */
  declared?(gateway: Gateway): readonly Resources[N][];
}

/** undefined where the value is null or absent. */
export function withoutNulls(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null && value !== undefined),
  );
}
