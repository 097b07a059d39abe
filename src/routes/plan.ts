/** Background plans as their key sees them: `GET` and `DELETE /v1/plan/{id}`, and how one is run. */
import type { Context } from "hono";
import { z } from "zod";
import { actorRef } from "../actors/index.ts";
import type { PlanRunner } from "../actors/run-conduct.ts";
import type { RunView } from "../actors/run-state.ts";
import { runPlan } from "../asks/background.ts";
import { planTexts } from "../asks/plan-journal.ts";
import { ERRORS, TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import { authenticate } from "./auth.ts";
import { understandEnvelope, understandPlan } from "./chat.ts";
import { POLICY_HEADER } from "./control.ts";
import type { AppEnv } from "./door.ts";

const STATUSES = ["queued", "running", "done", "failed", "cancelled"] as const;

/** The answer to `background: true`. */
export const planMadeShape = z
  .object({ plan_id: z.string(), status: z.literal("queued") })
  .meta({ id: "PlanMade" });

/** What is told of a plan; `result` is the answer that the request would have had. */
export const planShape = (answer: z.ZodType) =>
  z
    .object({
      plan_id: z.string(),
      status: z.enum(STATUSES),
      /** Asks that are finished. */
      stages: z.int().min(0),
      result: answer.optional(),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
    })
    .meta({ id: "Plan" });

/** Has plans run in this isolate; given to the home once. */
export function planRunner(gateway: Gateway): PlanRunner {
  const { defaults } = gateway.settings;
  const policyHeader = POLICY_HEADER;
  const doors = {
    chat: { scope: "chat", understand: understandEnvelope(defaults), policyHeader },
    plan: { scope: "plan", understand: understandPlan(defaults), policyHeader },
  } as const;
  return (lease, signal) => runPlan(gateway, doors, { lease, signal });
}

/** The handler of the GET. */
export function tellPlan(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const view = await ownPlan(gateway, c);
    return answer(c, view, await endOf(gateway, view));
  };
}

/** The handler of the DELETE: cancels what has not ended; what has stays as it is. */
export function cancelPlan(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { actors, nowMs } = gateway.platform;
    const view = await ownPlan(gateway, c);
    const isCancelled = await actorRef(actors, "run", view.planId).cancel(nowMs());
    return answer(c, isCancelled ? { ...view, status: "cancelled" } : view, "{}");
  };
}

const PLAN_ID = /^plan_[0-9A-HJKMNP-TV-Z]{26}$/;

/** @throws TokenhubError not_found, in the same words for another key's plan as for none; as `authenticate`. */
async function ownPlan(gateway: Gateway, c: Context<AppEnv>): Promise<RunView> {
  const { platform } = gateway;
  const requestId = platform.newId("req");
  c.set("requestId", requestId);
  c.header("x-request-id", requestId);
  c.header("x-tokenhub-request-id", requestId);
  // Any scope: what it made it may read.
  const key = await authenticate(gateway, (name) => c.req.header(name), undefined);
  const planId = c.req.param("id") ?? "";
  const plan = actorRef(platform.actors, "run", planId);
  const view = PLAN_ID.test(planId) ? await plan.view(platform.nowMs()) : undefined;
  if (view?.keyId !== key.id) throw new TokenhubError("not_found", { detail: UNKNOWN });
  return view;
}

const UNKNOWN = "The plan is not known, or was forgotten after its day.";

/** JSON of `PlanEnd`; "{}": it has not ended, or was cancelled. @throws TokenhubError vault_sealed. */
async function endOf(gateway: Gateway, { planId, status, result }: RunView): Promise<string> {
  if (result !== undefined) return planTexts(gateway, planId).open(result, "result");
  if (status !== "failed") return "{}";
  // No attempt came to an end of its own.
  return JSON.stringify({ error: { code: "internal", message: ERRORS.internal.meaning } });
}

function answer(c: Context<AppEnv>, { planId, status, stages }: RunView, end: string): Response {
  // The plan itself is noted before its first ask.
  const told = { plan_id: planId, status, stages: Math.max(0, stages - 1) };
  const rest = end === "{}" ? "}" : `,${end.slice(1)}`;
  return c.body(JSON.stringify(told).slice(0, -1) + rest, 200, {
    "content-type": "application/json",
    "cache-control": "private, no-store",
  });
}
