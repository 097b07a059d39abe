/** The lists of models: OpenAI's shape, and Anthropic's for clients that send its version header. */
import type { Context } from "hono";
import { TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import { visibleModels } from "../routing/alias.ts";
import { authenticate } from "./auth.ts";
import type { AppEnv } from "./door.ts";

/** `GET /v1/models`: what this key may use. */
export function listModels(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const data = await usable(gateway, c);
    if (!isAnthropic(c)) return c.json({ object: "list", data }, 200, NO_STORE);
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null];
    return c.json({ data, has_more: false, first_id: first, last_id: last }, 200, NO_STORE);
  };
}

/** `GET /v1/models/{id}`; the id may contain slashes. */
export function oneModel(gateway: Gateway) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const id = decodeId(c.req.path.slice("/v1/models/".length));
    const models: readonly { id: string }[] = await usable(gateway, c);
    const model = models.find((m) => m.id === id);
    if (!model) throw new TokenhubError("model_not_found");
    return c.json(model, 200, NO_STORE);
  };
}

const NO_STORE = { "cache-control": "private, no-store" };
/** Anthropic's field is required by its SDKs; a registry has no such date. */
const UNKNOWN_DATE = "1970-01-01T00:00:00Z";

function isAnthropic(c: Context<AppEnv>): boolean {
  return c.req.header("anthropic-version") !== undefined;
}

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
  c.header("request-id", requestId);
  c.header("x-tokenhub-request-id", requestId);
  const key = await authenticate(gateway, (name) => c.req.header(name), "models");
  await gateway.snapshot.ready();
  const visible = visibleModels(gateway.snapshot.catalog(), key);
  return isAnthropic(c) ? visible.map(anthropicModel) : visible.map(openaiModel);
}

type Visible = ReturnType<typeof visibleModels>[number];

function openaiModel({ id, ownedBy }: Visible) {
  // OpenAI's field is required by its SDKs; a registry has no such date.
  return { id, object: "model", created: 0, owned_by: ownedBy };
}

function anthropicModel({ id }: Visible) {
  return { id, type: "model", display_name: id, created_at: UNKNOWN_DATE };
}
