/** Every door and every middleware on one page; the only place where an error becomes a response. */
import { type Context, Hono } from "hono";
import { TokenhubError } from "./errors.ts";
import { ClientGone } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import { createGuesses, type Guesses } from "./routes/admin/guesses.ts";
import { mountAdmin } from "./routes/admin/mount.ts";
import { clientAddress } from "./routes/admin/origin.ts";
import { mountPage } from "./routes/admin/page.ts";
import { understandEnvelope, understandPlan } from "./routes/chat.ts";
import { type AppEnv, type DoorPlan, openDoor } from "./routes/door.ts";
import { listModels, oneModel } from "./routes/models.ts";
import { openapiDocument } from "./routes/openapi.ts";
import { healthz, metrics, readyz } from "./routes/ops.ts";
import { cancelPlan, tellPlan } from "./routes/plan.ts";
import { anthropicRateHeaders, createRateGate, openaiRateHeaders } from "./routes/rate.ts";
import { tellUsage } from "./routes/usage.ts";
import { understandVendor } from "./routes/vendor.ts";
import { anthropic } from "./wire/anthropic/anthropic.ts";
import { anthropicCount } from "./wire/anthropic/count.ts";
import { embeddings } from "./wire/embeddings/embeddings.ts";
import { openai } from "./wire/openai/openai.ts";
import { responses } from "./wire/responses/responses.ts";
import type { Wire } from "./wire/wire.ts";

/**
 * The gateway as a fetch handler, the same in both homes. `misconfigured`: settings were refused and
 * no process could be stopped for it (edge), so every route of the API says so.
 */
export function createApp(gateway: Gateway, state: { misconfigured: boolean }): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const rate = createRateGate();
  if (state.misconfigured) {
    for (const path of ["/v1/*", "/admin/v1/*"]) {
      app.use(path, () => {
        throw new TokenhubError("misconfigured");
      });
    }
  }
  for (const [path, plan] of Object.entries(doors(gateway))) {
    app.post(path, openDoor(gateway, rate, plan));
  }
  app.get("/v1/models", listModels(gateway));
  app.get("/v1/models/:id{.+}", oneModel(gateway));
  app.get("/v1/plan/:id", tellPlan(gateway));
  app.delete("/v1/plan/:id", cancelPlan(gateway));
  app.get("/v1/usage", tellUsage(gateway));
  app.get("/healthz", healthz);
  app.get("/readyz", readyz(gateway));
  app.get("/metrics", metrics(gateway));
  app.get("/openapi.json", (c) => c.json(openapiDocument()));

  mountAdmin(app, gateway);
  mountPage(app, gateway);

  const guesses = createGuesses({
    perClientMax: gateway.limits.keyGuessesMax,
    ofAllMax: undefined,
  });
  app.notFound((c) => respond(c, gateway, missing(c.req.path)));
  app.onError((error, c) => respond(c, gateway, guessed(c, gateway, { error, guesses })));
  return app;
}

/** Path → door. */
function doors(gateway: Gateway): Record<keyof typeof POSTED, DoorPlan> {
  const openaiWords = { scope: "chat", rateHeaders: openaiRateHeaders } as const;
  const anthropicWords = { scope: "chat", rateHeaders: anthropicRateHeaders } as const;
  return {
    "/v1/chat": { ...openaiWords, understand: understandEnvelope(gateway.settings.defaults) },
    "/v1/plan": {
      ...openaiWords,
      scope: "plan",
      understand: understandPlan(gateway.settings.defaults),
    },
    "/v1/chat/completions": { ...openaiWords, understand: understandVendor(openai, "openai") },
    "/v1/messages": { ...anthropicWords, understand: understandVendor(anthropic, "anthropic") },
    "/v1/messages/count_tokens": {
      ...anthropicWords,
      understand: understandVendor(anthropicCount, "count_tokens"),
    },
    "/v1/responses": { ...openaiWords, understand: understandVendor(responses, "responses") },
    "/v1/embeddings": {
      ...openaiWords,
      scope: "embeddings",
      understand: understandVendor(embeddings, "embeddings"),
    },
  };
}

/** A path that exists takes another method. Here, not as routes: a second match would cost every request. */
function missing(path: string): TokenhubError {
  const method = methodOf(path);
  if (method === undefined) return new TokenhubError("not_found");
  return new TokenhubError("method_not_allowed", { headers: { allow: method } });
}

/** What a path that exists takes; undefined: there is no such path. */
function methodOf(path: string): string | undefined {
  if (Object.hasOwn(POSTED, path)) return "POST";
  if (PLAN.test(path)) return "GET, DELETE";
  return READ.test(path) ? "GET" : undefined;
}

/** Path of a door → the dialect in which it tells errors. */
const POSTED = {
  "/v1/chat": openai,
  "/v1/plan": openai,
  "/v1/chat/completions": openai,
  "/v1/messages": anthropic,
  "/v1/messages/count_tokens": anthropic,
  "/v1/responses": responses,
  "/v1/embeddings": openai,
} as const satisfies Record<string, Wire>;

function wireOf(c: Context<AppEnv>): Wire {
  const { path } = c.req;
  if (Object.hasOwn(POSTED, path)) return POSTED[path as keyof typeof POSTED];
  const asksAnthropic = c.req.header("anthropic-version") !== undefined;
  return asksAnthropic ? anthropic : openai;
}
const PLAN = /^\/v1\/plan\/[^/]+$/;
const READ = /^\/(?:v1\/usage|v1\/models(?:\/.+)?|healthz|readyz|metrics|openapi\.json)$/;

/** A wrong key counts against its address, and beyond the bound is told to wait; a good one never comes here. */
function guessed(
  c: Context<AppEnv>,
  { platform, settings }: Gateway,
  { error, guesses }: { readonly error: Error; readonly guesses: Guesses },
): Error {
  const isGuess = error instanceof TokenhubError && error.code === "missing_or_invalid_key";
  if (!isGuess || !c.req.path.startsWith("/v1/")) return error;
  const address = clientAddress(platform.exchange(c.req.raw, c.env), settings);
  const nowMs = platform.nowMs();
  try {
    guesses.check(address, nowMs);
    guesses.fail(address, nowMs);
    return error;
  } catch (wait) {
    return wait instanceof Error ? wait : error;
  }
}

/** The error in the dialect's own shape; what is no TokenhubError is logged and told as `internal`. */
function respond(c: Context<AppEnv>, gateway: Gateway, thrown: Error): Response {
  const requestId = c.get("requestId") ?? gateway.platform.newId("req");
  if (thrown instanceof ClientGone) return new Response(null, { status: 499 });
  let error: TokenhubError;
  if (thrown instanceof TokenhubError) error = thrown;
  else {
    error = new TokenhubError("internal");
    // The name only: a message may carry what a client or an upstream sent.
    const event = { requestId, where: c.req.routePath, error: thrown.name } as const;
    gateway.platform.log({ type: "internal-error", level: "error", ...event });
  }
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    "x-request-id": requestId,
    "request-id": requestId,
    "x-tokenhub-request-id": requestId,
    ...error.headers,
  };
  if (error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  if (error.shouldRetry !== undefined) headers["x-should-retry"] = String(error.shouldRetry);
  const body = JSON.stringify(wireOf(c).errorBody(error, requestId));
  return new Response(body, { status: error.status, headers });
}
