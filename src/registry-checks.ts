/** What a whole registry must hold beside the shape of its rows. */
import { offerKey, type RegistryRows } from "./catalog.ts";
import type { Problem } from "./problem.ts";

/** What rows are checked against. */
export interface RegistryInput {
  /** The provider kinds there are; the table of `providers/index.ts` fits. */
  readonly kinds: Readonly<Record<string, KindFacts>>;
  /** Rows declared elsewhere, which these rows may name. */
  readonly declared: RegistryRows;
}

interface KindFacts {
  /** undefined: its rows must give one. */
  readonly defaultBaseUrl: string | undefined;
  /** undefined: it cannot list its models. */
  readonly discovery: object | undefined;
}

/** A row and where it stood in the input. */
export interface At<Row> {
  readonly row: Row;
  readonly path: readonly (string | number)[];
}

/** All rows of one input. */
export type Placed = { readonly [S in keyof RegistryRows]: readonly At<RegistryRows[S][number]>[] };

/** Rows that are there twice. */
export function duplicates(placed: Placed): Problem[] {
  const problems: Problem[] = [];
  const check = <Row>(rows: readonly At<Row>[], key: (row: Row) => string, message: string) => {
    const seen = new Set<string>();
    for (const { row, path } of rows) {
      if (seen.has(key(row))) problems.push({ path, message });
      seen.add(key(row));
    }
    return seen;
  };
  check(placed.providers, idOf, "a provider with this id is already there");
  check(placed.offers, offerKey, "this provider already has an offer of this model");
  check(
    [...placed.models, ...placed.aliases],
    idOf,
    "a model or alias with this id is already there; give a model's further offers under offers",
  );
  return problems;
}

/**
 * Names of rows that are nowhere. A row with problems of its own counts as there. Alias targets may
 * come by discovery as long as some provider has no offers of its own.
 */
export function dangling(
  placed: Placed,
  { kinds, declared, input }: RegistryInput & { input: Readonly<Record<string, unknown>> },
): Problem[] {
  const providers = new Set([...declared.providers.map(idOf), ...writtenIds(input.providers)]);
  const models = new Set([...declared.models.map(idOf), ...writtenIds(input.models)]);
  const offers = [...declared.offers, ...placed.offers.map(({ row }) => row)];
  const offered = new Set(offers.map(({ providerId }) => providerId));
  const open = [...declared.providers, ...placed.providers.map(({ row }) => row)].some(
    ({ id, kind }) => !offered.has(id) && kinds[kind]?.discovery !== undefined,
  );
  const problems: Problem[] = [];
  for (const { row, path } of placed.offers) {
    if (!providers.has(row.providerId)) {
      problems.push({ path: [...path, "provider_id"], message: "no provider has this id" });
    }
    if (!models.has(row.modelId)) {
      problems.push({ path: [...path, "model_id"], message: "no model has this id" });
    }
  }
  for (const { row, path } of placed.aliases) {
    for (const [index, { modelId }] of row.targets.entries()) {
      if (open || models.has(modelId)) continue;
      const at = [...path, "targets", index, "model_id"];
      problems.push({ path: at, message: "no model has this id" });
    }
  }
  return problems;
}

function idOf(row: { id: string }): string {
  return row.id;
}

function writtenIds(rows: unknown): unknown[] {
  return Array.isArray(rows) ? rows.map((row) => (row as { id?: unknown } | null)?.id) : [];
}
