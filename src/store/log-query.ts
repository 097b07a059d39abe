/** The request log as admins read it: rows by filter, and sums by step of time. */
import { and, between, desc, eq, gte, lt, or } from "drizzle-orm";
import type { AdminStore, RequestFilter } from "../administration.ts";
import type { Database } from "./database.ts";
import { filled } from "./rows.ts";
import { requestLog } from "./schema.ts";
import type { Sql } from "./sql.ts";

/** Statuses below are classes: 4 stands for 400–499. */
const CLASSES_BELOW = 10;

/**
 * Steps are counted from `from`. Integers all the way (D1 binds every number as a real one, hence the
 * casts), so that sums of money are exact.
 */
const STATS = `select "from_ms" + "step" * "step_ms" as "step_at_ms", count(*) as "requests",
  sum(case when "status" >= 400 and "status" <> 499 then 1 else 0 end) as "errors",
  coalesce(sum("cost_nano_usd"), 0) as "cost",
  coalesce(sum("prompt_tokens"), 0) as "prompt",
  coalesce(sum("completion_tokens"), 0) as "completion",
  avg("latency_ms") as "mean", max("latency_ms") as "max"
from (
  select "request_log".*, "from_ms", "step_ms", ("at_ms" - "from_ms") / "step_ms" as "step"
  from "request_log",
    (select cast(? as integer) as "from_ms", cast(? as integer) as "step_ms") as "range"
  where "at_ms" >= ? and "at_ms" < ?
) as "stepped"
group by "step", "from_ms", "step_ms" order by "step"`;

/** The part of the port that is about the request log. */
export function logQuery(
  sql: Sql,
  db: Database,
): Pick<AdminStore, "requests" | "request" | "stats"> {
  return {
    async requests(filter) {
      const rows = await db
        .select()
        .from(requestLog)
        .where(condition(filter))
        .orderBy(desc(requestLog.atMs), desc(requestLog.id))
        .limit(filter.limit);
      return rows.map(filled);
    },
    async request(id) {
      const [row] = await db.select().from(requestLog).where(eq(requestLog.id, id));
      return row && filled(row);
    },
    async stats({ fromMs, toMs, stepMs }) {
      const rows = await sql.all({ sql: STATS, params: [fromMs, stepMs, fromMs, toMs] });
      return rows.map((row) => {
        const [atMs = 0, requests = 0, errors = 0, costNanoUsd = 0, ...rest] = row.map(Number);
        const [promptTokens = 0, completionTokens = 0, latencyMeanMs = 0, latencyMaxMs = 0] = rest;
        const sums = { requests, errors, costNanoUsd, promptTokens, completionTokens };
        return { atMs, ...sums, latencyMeanMs, latencyMaxMs };
      });
    },
  };
}

function condition(filter: RequestFilter) {
  const { keyId, modelId, providerId, door, status, fromMs, toMs, before } = filter;
  const { id, atMs } = requestLog;
  return and(
    keyId === undefined ? undefined : eq(requestLog.keyId, keyId),
    modelId === undefined ? undefined : eq(requestLog.modelId, modelId),
    providerId === undefined ? undefined : eq(requestLog.providerId, providerId),
    door === undefined ? undefined : eq(requestLog.door, door),
    status === undefined ? undefined : statusIs(status),
    fromMs === undefined ? undefined : gte(atMs, fromMs),
    toMs === undefined ? undefined : lt(atMs, toMs),
    before && or(lt(atMs, before.atMs), and(eq(atMs, before.atMs), lt(id, before.id))),
  );
}

function statusIs(status: number) {
  if (status >= CLASSES_BELOW) return eq(requestLog.status, status);
  return between(requestLog.status, status * 100, status * 100 + 99);
}
