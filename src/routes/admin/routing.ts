/** How routing chooses: its defaults, its weights, and what it would do with a request. Nothing is sent. */
import { z } from "zod";
import { policyView } from "../../decision-view.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import { INBAND_DEFAULT, type KeyRecord, SCOPES } from "../../key.ts";
import { spendableNanoUsd } from "../../money.ts";
import { MODES } from "../../policies/index.ts";
import { PROFILES } from "../../policies/weighted.ts";
import { resolvePolicy } from "../../policy.ts";
import { PIPELINES, resolveTarget } from "../../routing/alias.ts";
import { explain } from "../../routing/explain.ts";
import { emptyError } from "../../routing/refusal.ts";
import { decide } from "../../routing/route.ts";
import { documentOf } from "../../wire/json.ts";
import { openai } from "../../wire/openai/openai.ts";
import { policyShape } from "../control.ts";
import { type AdminCall, type AdminRoute, adminRoute } from "./route.ts";

const weights = z.object({
  cost: z.number(),
  latency: z.number(),
  failure: z.number(),
  weight: z.number(),
  load: z.number(),
});
const routingShape = z
  .object({
    defaults: z.object({
      mode: z.enum(MODES),
      max_budget_usd: z.number(),
      max_latency_ms: z.number(),
    }),
    modes: z.record(z.string(), weights),
  })
  .meta({ id: "Routing" });

const simulateBody = z.strictObject({
  request: z
    .looseObject({ model: z.string().optional(), messages: z.array(z.unknown()) })
    .meta({ description: "A chat completion request; without a model routing chooses." }),
  policy: policyShape.optional(),
  key_id: z
    .string()
    .max(64)
    .optional()
    .meta({ description: "As this key; absent: as one that may do everything." }),
});
type Simulated = z.output<typeof simulateBody>;

const decisionShape = z.looseObject({
  mode: z.string(),
  degraded: z.boolean(),
  reasons: z.array(z.string()),
  candidates: z.array(z.looseObject({ model: z.string(), provider: z.string() })),
  policy: z.looseObject({ mode: z.string() }),
  refusal: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** A key that nothing limits and nobody has. */
const ANYONE: KeyRecord = {
  ...{ id: "key_simulate", name: "", hash: "", last4: "", scopes: SCOPES },
  ...{ allowedModels: [], allowedProviders: [], requiredLabels: [], projectId: undefined },
  budgetRequestNanoUsd: undefined,
  budgetDayNanoUsd: undefined,
  budgetMonthNanoUsd: undefined,
  ...{ rpm: undefined, tpm: undefined, concurrency: undefined, maxTokens: undefined },
  ...{ fanOut: undefined, inband: INBAND_DEFAULT },
  ...{ defaultMode: undefined, createdAtMs: 0, expiresAtMs: undefined, revokedAtMs: undefined },
  ...{ previousHash: undefined, previousUntilMs: undefined },
};

/** @throws TokenhubError bad_target. */
async function keyOf({ platform }: Gateway, id: string | undefined): Promise<KeyRecord> {
  if (id === undefined) return ANYONE;
  const found = await platform.admin.get("key", id);
  if (!found) throw new TokenhubError("bad_target", { param: "key_id" });
  return found.record;
}

/** The same steps as a request's, up to the first attempt. */
async function simulate({ gateway, body }: AdminCall<Simulated>) {
  const { snapshot, platform, keyring, settings } = gateway;
  await snapshot.ready();
  const key = await keyOf(gateway, body.key_id);
  const { facts } = openai.readRequest(documentOf({ model: "*", ...body.request }));
  const catalog = snapshot.catalog();
  const target = body.request.model;
  const named = resolveTarget({ catalog, target, key, facts });
  const policy = resolvePolicy({
    header: undefined,
    body: body.policy,
    virtualMode: named.mode,
    pipelines: PIPELINES,
    key,
    spendableNanoUsd: spendableNanoUsd(gateway, key),
    defaults: undefined,
    serverMode: settings.defaults.mode,
    modes: MODES,
  });
  const nowMs = platform.nowMs();
  const views = snapshot.views();
  const seed = Math.floor(platform.random() * 2 ** 32);
  const credentials = keyring.usable;
  const asked = { catalog, views, facts, policy, key, target, credentials, nowMs, seed };
  const decision = decide({ ...asked, pinned: true });
  const view = {
    mode: decision.mode,
    degraded: decision.degraded,
    reasons: decision.reasons,
    candidates: explain(decision),
    policy: policyView(policy),
  };
  if (decision.ranked.length > 0) return view;
  const { needFields } = openai;
  const { code, message } = emptyError(decision, {
    nowMs,
    pinned: true,
    target,
    facts,
    needFields,
  });
  return { ...view, refusal: { code, message } };
}

/** `GET /routing` and `POST /routing/simulate`. */
export const routingRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/routing", guard: "admin" },
    summary: "Defaults, and the weights of every mode",
    answer: routingShape,
    async handle({ gateway }) {
      const { mode, maxBudgetUsd, maxLatencyMs } = gateway.settings.defaults;
      const defaults = { mode, max_budget_usd: maxBudgetUsd, max_latency_ms: maxLatencyMs };
      return { body: { defaults, modes: PROFILES } };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/routing/simulate", guard: "admin", body: simulateBody },
    summary: "Whom routing would ask, in which order, and why nobody else",
    answer: decisionShape,
    handle: async (call) => ({ body: await simulate(call) }),
  }),
];
