/** Any history of puts and removals against a model of it: a map of rows, and a count of entries. */
import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import type {
  AdminStore,
  Change,
  Resources,
  Stored,
  WriteResult,
} from "../../src/administration.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { verifyChain } from "../../src/store/audit-chain.ts";
import type { Sql } from "../../src/store/sql.ts";
import { aCredential, aDraft, aProject } from "../fakes/admin-records.ts";
import { faultySql } from "../fakes/faulty-sql.ts";
import { runs } from "../fakes/long.ts";
import { aModel, anOffer, aProvider } from "../fakes/records.ts";

/** Kinds whose rows hang together, and one that stands alone. */
type Kind = "provider" | "model" | "offer" | "credential" | "project";

/** Few ids, so that the steps of a history meet. */
const IDS: Readonly<Record<Kind, readonly string[]>> = {
  provider: ["p", "q"],
  model: ["m", "n"],
  offer: ["p/m", "p/n", "q/m"],
  credential: ["cred_p", "cred_q"],
  project: ["proj_1"],
};

const TABLES = [...Object.keys(IDS), "audit"];

interface Step {
  readonly kind: Kind;
  readonly id: string;
  readonly does: "put" | "remove";
  /** A field of the record says so. */
  readonly enabled: boolean;
  readonly demand: "none" | "new" | "same" | "other";
}

const STEP: fc.Arbitrary<Step> = fc.constantFrom(...(Object.keys(IDS) as Kind[])).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    id: fc.constantFrom(...IDS[kind]),
    does: fc.constantFrom("put", "put", "remove"),
    enabled: fc.boolean(),
    demand: fc.constantFrom("none", "none", "new", "same", "other"),
  }),
);

type Rows = Map<string, Stored<Resources[Kind]>>;

/** `open` answers an empty database with every migration applied. */
export function adminHistorySuite(open: () => Promise<Sql>): void {
  let sql: Sql;
  let admin: AdminStore;
  beforeEach(async () => {
    sql = faultySql(await open());
    admin = createAdminStore(sql);
  });

  it("rows and entries are what a model says, after any history of puts and removals", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 30 }), async (steps) => {
        await sql.batch(TABLES.map((table) => ({ sql: `delete from "${table}"`, params: [] })));
        const rows: Rows = new Map();
        let written = 0;
        for (const step of steps) {
          const change = changeOf(step, rows.get(keyOf(step))?.version);
          const answer =
            step.does === "put"
              ? await admin.put(step.kind, recordOf(step), change)
              : await admin.remove(step.kind, step.id, change);
          expect(answer).toBe(answerOf(step, rows.get(keyOf(step)), change));
          if (answer !== "written") continue;
          written += 1;
          apply(rows, step);
        }
        for (const kind of Object.keys(IDS) as Kind[]) {
          const mine = [...rows].filter(([key]) => key.startsWith(`${kind} `)).sort();
          const listed = await admin.list(kind, { limit: 100 });
          expect(listed).toEqual(mine.map(([, row]) => row));
        }
        expect(await verifyChain(admin.auditFrom)).toEqual({ ok: true, entries: written });
      }),
      { numRuns: runs(15, 300) },
    );
  });
}

const keyOf = ({ kind, id }: Step): string => `${kind} ${id}`;

function recordOf({ kind, id, enabled }: Step): Resources[Kind] {
  const [first = "", second = ""] = id.split("/");
  if (kind === "provider") return aProvider(id, { enabled });
  if (kind === "model") return aModel(id, { enabled });
  if (kind === "offer") return anOffer(first, second, { enabled });
  if (kind === "credential") return aCredential(id, { enabled, providerId: id.slice(-1) });
  return aProject(id, { name: String(enabled) });
}

function changeOf({ demand }: Step, version: number | undefined): Change {
  const audit = aDraft();
  if (demand === "new") return { audit, isNew: true };
  if (demand === "none") return { audit };
  return { audit, version: (version ?? 1) + (demand === "same" ? 0 : 1) };
}

/** What the store must answer. */
function answerOf(
  { does }: Step,
  row: { readonly version: number } | undefined,
  { version, isNew }: Change,
): WriteResult {
  if (!row) return does === "remove" || version !== undefined ? "missing" : "written";
  if (does === "put" && isNew) return "exists";
  return version === undefined || version === row.version ? "written" : "version";
}

/** A written step in the model: with a provider go its offers and credentials, with a model its offers. */
function apply(rows: Rows, step: Step): void {
  const key = keyOf(step);
  if (step.does === "put") {
    const version = (rows.get(key)?.version ?? 0) + 1;
    rows.set(key, { record: recordOf(step), version, managed: "admin" });
    return;
  }
  rows.delete(key);
  if (step.kind === "provider") rows.delete(`credential cred_${step.id}`);
  for (const other of rows.keys()) {
    const mine = step.kind === "provider" ? `offer ${step.id}/` : `/${step.id}`;
    const goes = step.kind === "provider" ? other.startsWith(mine) : other.endsWith(mine);
    if (goes && (step.kind === "provider" || step.kind === "model")) rows.delete(other);
  }
}
