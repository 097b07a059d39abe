/** `GET /v1/usage`: what this key spent, its limits, what remains. */
import type { Context } from "hono";
import { z } from "zod";
import { actorRef } from "../actors/index.ts";
import type { Level, Levels } from "../actors/ledger-terms.ts";
import { usdFromNano } from "../cost.ts";
import type { Gateway } from "../isolate.ts";
import { type KeyRecord, ledgerOf, type ProjectRecord } from "../key.ts";
import { projectOf } from "../money.ts";
import { authenticate } from "./auth.ts";
import type { AppEnv } from "./door.ts";

const usd = z.number().min(0);

const periodTold = z.object({
  spent_usd: usd,
  /** Held for requests that are not over. */
  reserved_usd: usd,
  /** null: no limit. */
  limit_usd: usd.nullable(),
  remaining_usd: usd.nullable(),
  /** When the next day or month begins, ISO 8601. */
  resets_at: z.string(),
});

const periodsTold = z.object({ day: periodTold, month: periodTold });

/** The answer. */
export const usageTold = z.object({
  object: z.literal("usage"),
  key_id: z.string(),
  project_id: z.string().nullable(),
  ...periodsTold.shape,
  /** null: the key has no project. */
  project: periodsTold.nullable(),
  requests_per_minute: z.object({ limit: z.number().nullable(), remaining: z.number().nullable() }),
  tokens_per_minute: z.object({ limit: z.number().nullable(), remaining: z.number().nullable() }),
});

/** The handler. */
export function tellUsage(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { platform } = gateway;
    const requestId = platform.newId("req");
    c.set("requestId", requestId);
    c.header("x-request-id", requestId);
    c.header("x-tokenhub-request-id", requestId);
    const key = await authenticate(gateway, (name) => c.req.header(name), "usage");
    const ledger = actorRef(platform.actors, "ledger", ledgerOf(key));
    const levels = await ledger.usage(key.id, platform.nowMs());
    return c.json(usageOf(key, projectOf(gateway, key), levels), 200, NO_STORE);
  };
}

const NO_STORE = { "cache-control": "private, no-store" };

function usageOf(
  key: KeyRecord,
  project: ProjectRecord | undefined,
  levels: Levels,
): z.output<typeof usageTold> {
  return {
    object: "usage",
    key_id: key.id,
    project_id: key.projectId ?? null,
    day: tell(levels.keyDay, key.budgetDayNanoUsd),
    month: tell(levels.keyMonth, key.budgetMonthNanoUsd),
    project: project
      ? {
          day: tell(levels.projectDay, project.budgetDayNanoUsd),
          month: tell(levels.projectMonth, project.budgetMonthNanoUsd),
        }
      : null,
    requests_per_minute: {
      limit: key.rpm ?? null,
      remaining: levels.requestsLeft ?? key.rpm ?? null,
    },
    tokens_per_minute: { limit: key.tpm ?? null, remaining: levels.tokensLeft ?? key.tpm ?? null },
  };
}

/** A level beside its limit as it is now, whatever was told to the ledger last. */
function tell(
  { spentNanoUsd, reservedNanoUsd, resetAtMs }: Level,
  limitNanoUsd: number | undefined,
): z.output<typeof periodTold> {
  const left = (limitNanoUsd ?? 0) - spentNanoUsd - reservedNanoUsd;
  return {
    spent_usd: usdFromNano(spentNanoUsd),
    reserved_usd: usdFromNano(reservedNanoUsd),
    limit_usd: limitNanoUsd === undefined ? null : usdFromNano(limitNanoUsd),
    remaining_usd: limitNanoUsd === undefined ? null : usdFromNano(Math.max(0, left)),
    resets_at: new Date(resetAtMs).toISOString(),
  };
}
