/** The request log as admins read it: what was asked, decided, tried and spent; never what was said. */
import { z } from "zod";
import { usdFromNano } from "../../cost.ts";
import { TokenhubError } from "../../errors.ts";
import type { RequestRow } from "../../request-row.ts";
import { isoTime, limitShape, pageShape, timeShape } from "./answer.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const requestShape = z
  .looseObject({
    id: z.string(),
    at: z.string(),
    key_id: z.string(),
    door: z.string(),
    mode: z.string(),
    model_id: z.string().optional(),
    provider_id: z.string().optional(),
    status: z.int(),
    error_code: z.string().optional(),
    attempts: z.int(),
    cost_usd: z.number().optional(),
    latency_ms: z.number(),
    reason: z.string(),
  })
  .meta({ id: "LoggedRequest" });

/** A row without its decision, as list and live view tell it. */
export function toldRequest(row: Omit<RequestRow, "decision" | "meta">) {
  return {
    id: row.id,
    client_request_id: row.clientRequestId,
    at: isoTime(row.atMs),
    key_id: row.keyId,
    door: row.door,
    mode: row.mode,
    model_id: row.modelId,
    provider_id: row.providerId,
    status: row.status,
    error_code: row.errorCode,
    stream: row.stream,
    attempts: row.attempts,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cost_usd: row.costNanoUsd === undefined ? undefined : usdFromNano(row.costNanoUsd),
    cost_is_estimate: row.costIsEstimate,
    latency_ms: row.latencyMs,
    ttft_ms: row.ttftMs,
    overhead_ms: row.overheadMs,
    reason: row.reason,
  };
}

const word = z.string().max(256).optional();

const query = z.strictObject({
  key_id: word,
  model: word,
  provider: word,
  door: word,
  status: z.coerce
    .number()
    .int()
    .min(1)
    .max(599)
    .optional()
    .meta({ description: "200, …; or a class: 2, 4, 5." }),
  from: timeShape.optional(),
  to: timeShape.optional(),
  before: z
    .string()
    .regex(/^\d{1,15}\.[\x21-\x7e]{1,64}$/)
    .optional()
    .meta({ description: "`next` of the page before." }),
  limit: limitShape,
});

/** `GET /requests` and `GET /requests/{id}`. */
export const requestRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/requests", guard: "admin", query },
    summary: "The request log, newest first",
    answer: pageShape(requestShape),
    async handle({ gateway, query: asked }) {
      const rows = await gateway.platform.admin.requests({
        keyId: asked.key_id,
        modelId: asked.model,
        providerId: asked.provider,
        door: asked.door,
        status: asked.status,
        fromMs: asked.from,
        toMs: asked.to,
        before: placeOf(asked.before),
        limit: asked.limit,
      });
      const last = rows.at(-1);
      const next = last && rows.length === asked.limit ? `${last.atMs}.${last.id}` : null;
      return { body: { data: rows.map(toldRequest), next } };
    },
  }),
  adminRoute({
    ...{ method: "GET", path: "/requests/:id", guard: "admin" },
    summary: "One request with the whole decision",
    answer: requestShape,
    async handle({ gateway, params }) {
      const row = await gateway.platform.admin.request(params.id ?? "");
      if (!row) throw new TokenhubError("not_found");
      const { decision, meta } = row;
      const told = { decision: JSON.parse(decision), meta: meta && JSON.parse(meta) };
      return { body: { ...toldRequest(row), ...told } };
    },
  }),
];

function placeOf(before: string | undefined): { atMs: number; id: string } | undefined {
  if (before === undefined) return undefined;
  const dot = before.indexOf(".");
  return { atMs: Number(before.slice(0, dot)), id: before.slice(dot + 1) };
}
