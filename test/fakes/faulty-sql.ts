/** A database that fails when a test says so, and that takes no more than D1 takes. */
import { expect } from "vitest";
import type { Sql, Statement } from "../../src/store/sql.ts";

export interface FaultySql extends Sql {
  /** The statement from now on that fails, 1 the next one; its batch is undone by the database itself. */
  failAt: number | undefined;
  /** The next batch is done, but its answer is lost. */
  losesAnswer: boolean;
  /** Runs before the next batch: somebody else is faster. */
  meanwhile: (() => Promise<unknown>) | undefined;
}

/** Fails in every database while it runs, not when it is read. */
const FAILS: Statement = {
  sql: `insert into "meta" ("id", "registry_version") values (1, 0)`,
  params: [],
};

/** Passes everything on until it is told otherwise. */
export function faultySql(sql: Sql): FaultySql {
  const next = (statement: Statement): Statement => {
    expect(statement.params.length).toBeLessThanOrEqual(100);
    if (faulty.failAt === undefined) return statement;
    faulty.failAt -= 1;
    return faulty.failAt === 0 ? FAILS : statement;
  };
  const faulty: FaultySql = {
    failAt: undefined,
    losesAnswer: false,
    meanwhile: undefined,
    all: (statement) => sql.all(next(statement)),
    async batch(statements) {
      const { meanwhile, losesAnswer } = faulty;
      faulty.meanwhile = undefined;
      faulty.losesAnswer = false;
      await meanwhile?.();
      const answer = await sql.batch(statements.map(next));
      if (losesAnswer) throw new Error("the connection broke");
      return answer;
    },
  };
  return faulty;
}
