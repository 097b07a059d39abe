/** OpenAI's own routes: chat completions and the list of models. */
import type { Context } from "hono";
import { usdFromNano } from "../cost.ts";
import { costText } from "../decision-view.ts";
import { TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import type { Door, Told } from "../request.ts";
import { visibleModels } from "../routing/alias.ts";
import { openai } from "../wire/openai.ts";
import { frame } from "../wire/sse.ts";
import { authenticate } from "./auth.ts";
import { readControl } from "./control.ts";
import type { AppEnv, Understand } from "./door.ts";

/** How chat completions are worded; the body is the dialect's own unless the decision was asked for. */
function door(includeDecision: boolean): Door {
  return {
    name: "openai",
    whole: ({ text, modelId }, told) =>
      openai.writeAnswer(text, {
        modelId,
        extra: includeDecision ? { tokenhub: summary(told) } : undefined,
      }),
    trailer: (told) =>
      truth(told) +
      (includeDecision
        ? frame({ event: "tokenhub.decision", data: JSON.stringify(summary(told)) })
        : ""),
  };
}

const PLAIN = door(false);
const TELLING = door(true);

/** Reads a chat completion request: a registered model id pins. */
export const understandOpenai: Understand = (document, header) => {
  const request = openai.readRequest(document);
  const control = readControl(request.control, header("x-tokenhub-policy"));
  return {
    door: control.includeDecision ? TELLING : PLAIN,
    wire: openai,
    request,
    target: request.target,
    namePins: true,
    policy: control.policy,
    defaults: undefined,
    meta: undefined,
  };
};

/** What the gateway says of a choice, beside the answer itself. */
export function summary(told: Told): Record<string, unknown> {
  return {
    request_id: told.requestId,
    negotiated_model: told.modelId(),
    estimated_cost_usd: usd(told.costNanoUsd()),
    routing_reason: told.reason(),
    decision: told.decision(),
  };
}

function usd(costNanoUsd: number | undefined): number | undefined {
  return costNanoUsd === undefined ? undefined : usdFromNano(costNanoUsd);
}

/** The comment before a stream's terminator: what its headers could not know yet. */
export function truth(told: Told): string {
  const headers = told.headers("");
  return `: tokenhub model=${headers["x-tokenhub-model"]} provider=${headers["x-tokenhub-provider"]} cost_usd=${costText(told.costNanoUsd())}\n\n`;
}

/** `GET /v1/models`: what this key may use. */
export function listModels(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const data = await usable(gateway, c);
    return c.json({ object: "list", data }, 200, NO_STORE);
  };
}

/** `GET /v1/models/{id}`; the id may contain slashes. */
export function oneModel(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const id = decodeId(c.req.path.slice("/v1/models/".length));
    const model = (await usable(gateway, c)).find((m) => m.id === id);
    if (!model) throw new TokenhubError("model_not_found");
    return c.json(model, 200, NO_STORE);
  };
}

const NO_STORE = { "cache-control": "private, no-store" };

function decodeId(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new TokenhubError("model_not_found");
  }
}

async function usable(gateway: Gateway, c: Context<AppEnv>) {
  const requestId = gateway.platform.newId("req");
  c.set("requestId", requestId);
  c.header("x-request-id", requestId);
  c.header("x-tokenhub-request-id", requestId);
  const key = await authenticate(gateway, (name) => c.req.header(name), "models");
  await gateway.snapshot.ready();
  return visibleModels(gateway.snapshot.catalog(), key).map(({ id, ownedBy }) => ({
    id,
    object: "model",
    // OpenAI's field is required by its SDKs; a registry has no such date.
    created: 0,
    owned_by: ownedBy,
  }));
}
