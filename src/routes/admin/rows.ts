/** List, get, upsert, put, patch, delete: the same for every kind of row. */
import { z } from "zod";
import type { ResourceName } from "../../administration.ts";
import { TokenhubError } from "../../errors.ts";
import { checkControl } from "../../policy.ts";
import { DELETED, deletedShape, limitShape, pageShape } from "./answer.ts";
import { type Row, type RowKind, withoutNulls } from "./kind.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, adminRoute } from "./route.ts";
import { findRow, listRows, putRow, removeRow, toldRow, type Wanted } from "./row-store.ts";

const listQuery = z.strictObject({ after: z.string().max(600).optional(), limit: limitShape });
const byProviderQuery = listQuery.extend({ provider: z.string().max(64).optional() });

/** Which of the usual routes a kind has, and what differs. */
export interface RowOptions {
  /** Makes the row that a POST without an id asks for; undefined: an id is required. */
  create?(call: AdminCall<Row>): Promise<AdminAnswer>;
  /** Ids are made here only: a POST or PUT of an unknown one is refused. */
  readonly ownIds?: boolean;
  /** In place of the removal. */
  remove?(call: AdminCall, id: string): Promise<AdminAnswer>;
  /** May a cookie alone not write this? */
  stepUp?(call: AdminCall, wanted: Wanted): Promise<boolean>;
}

/** The routes of one kind of row. */
export function rowRoutes<N extends ResourceName>(
  kind: RowKind<N>,
  options: RowOptions = {},
): readonly AdminRoute[] {
  const one = `${kind.path}/${kind.idPattern}`;
  const shape = toldShape(kind);
  const mustExist = options.ownIds ?? false;
  const idOf = ({ params }: AdminCall) => params.id ?? "";

  /** A write: what is wanted is looked at before it is done. */
  function write(
    route: Pick<AdminRoute, "method" | "path" | "summary"> & { body: z.ZodObject },
    wantedOf: (call: AdminCall<Row>) => Wanted | undefined,
  ): AdminRoute {
    return adminRoute({
      ...{ ...route, guard: "admin", answer: shape },
      async stepUp(call) {
        const wanted = wantedOf(call);
        return wanted !== undefined && ((await options.stepUp?.(call, wanted)) ?? false);
      },
      async handle(call) {
        const wanted = wantedOf(call);
        if (wanted) return putRow(call, kind, wanted);
        if (options.create) return options.create({ ...call, body: checked(kind, call.body) });
        throw new TokenhubError("invalid_value", { param: "id", detail: "required." });
      },
    });
  }

  return [
    adminRoute({
      ...{ method: "GET", path: kind.path, guard: "admin", summary: `List: ${kind.name}` },
      query: kind.byProvider ? byProviderQuery : listQuery,
      answer: pageShape(shape),
      handle: async ({ gateway, query }) => ({ body: await listRows(gateway, kind, query) }),
    }),
    adminRoute({
      ...{ method: "GET", path: one, guard: "admin", summary: `One ${kind.name}` },
      answer: shape,
      async handle(call) {
        const row = await findRow(call.gateway, kind, idOf(call));
        if (!row) throw new TokenhubError("not_found");
        return { body: await toldRow(call.gateway, kind, row) };
      },
    }),
    write(
      {
        ...{ method: "POST", path: kind.path, summary: `Make or change: ${kind.name}` },
        body: nullable(kind.written),
      },
      (call) => {
        const row = checked(kind, call.body);
        const id = kind.idOf(row);
        return id === undefined ? undefined : { id, row: () => row, mustExist };
      },
    ),
    write(
      {
        ...{ method: "PUT", path: one, summary: `Replace: ${kind.name}` },
        body: partial(kind.written),
      },
      (call) => {
        const id = idOf(call);
        const row = checked(kind, kind.named(withoutNulls(call.body), id));
        return { id, row: () => row, mustExist };
      },
    ),
    write(
      {
        ...{ method: "PATCH", path: one, summary: `Change some fields: ${kind.name}` },
        body: partial(kind.written),
      },
      (call) => {
        const id = idOf(call);
        const merged = (before: Row | undefined) => withoutNulls({ ...before, ...call.body });
        const row = (before: Row | undefined) => checked(kind, kind.named(merged(before), id));
        return { id, row, mustExist: true };
      },
    ),
    adminRoute({
      ...{ method: "DELETE", path: one, guard: "admin", summary: `Remove: ${kind.name}` },
      answer: deletedShape,
      async handle(call) {
        if (options.remove) return options.remove(call, idOf(call));
        await removeRow(call, kind, idOf(call));
        return DELETED;
      },
    }),
  ];
}

/** The shape of a row as it is told. */
export function toldShape<N extends ResourceName>(kind: RowKind<N>): z.ZodObject {
  const fields = Object.entries(kind.written.shape)
    .filter(([name]) => !kind.writeOnly?.includes(name) && !Object.hasOwn(kind.told, name))
    .map(([name, schema]) => [name, bare(schema)]);
  return z
    .looseObject({
      ...(Object.fromEntries(fields) as z.ZodRawShape),
      version: z.int(),
      managed: z.enum(["config", "discovered", "admin"]),
      ...kind.told,
    })
    .meta({ id: `Admin${kind.name.charAt(0).toUpperCase()}${kind.name.slice(1)}` });
}

function checked<N extends ResourceName>(kind: RowKind<N>, row: unknown): Row {
  return checkControl(kind.written, withoutNulls(row as Row), "");
}

/** Without its default: what is absent stays absent. */
function bare(schema: z.core.$ZodType): z.ZodType {
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  return inner as z.ZodType;
}

/** Every field may be absent or null: which ones must be there is checked when the row is whole. */
function partial(written: z.ZodObject) {
  const fields = Object.entries(written.shape).map(
    ([name, schema]) => [name, bare(schema).nullish()] as const,
  );
  return z.strictObject(Object.fromEntries(fields));
}

/** Null is as good as absent wherever a field may be absent. */
function nullable(written: z.ZodObject) {
  const fields = Object.entries(written.shape).map(([name, schema]) => {
    const mayBeAbsent = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
    return [name, mayBeAbsent ? bare(schema).nullish() : (schema as z.ZodType)] as const;
  });
  return z.strictObject(Object.fromEntries(fields));
}
