/** The routes beside chat: models, operations, the API's own description, and what is not there. */
import { describe, expect, test, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import { NO_ROWS } from "../../../src/catalog.ts";
import { createGateway } from "../../../src/isolate.ts";
import { LIMITS } from "../../../src/limits.ts";
import type { Platform } from "../../../src/platform.ts";
import { MODES } from "../../../src/policies/index.ts";
import { openapiDocument } from "../../../src/routes/openapi.ts";
import { readSettings } from "../../../src/settings.ts";
import { clientOf, type ErrorTold } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { operationsOf, problemsOf, propertiesOf } from "../../fakes/openapi.ts";

const PROFILES = ["cheap", "normal", "high_confidence", "planning"];
const PIPELINES = ["adversarial", "refine", "vote", "mixture", "cascade"];
const VIRTUAL = ["auto", ...PROFILES, ...PIPELINES];

interface ModelTold {
  readonly id: string;
  readonly object: string;
  readonly owned_by: string;
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    registry: {
      providers: [{ id: "one" }, { id: "two", enabled: false }],
      models: [
        { id: "lab/a/b:free", provider_id: "one", upstream_name: "mine" },
        { id: "plain", family: "acme", provider_id: "one", upstream_name: "gpt-test" },
        { id: "disabled", provider_id: "one", enabled: false },
        { id: "nobody", provider_id: "two" },
      ],
      aliases: [
        { id: "fast", strategy: "ordered", targets: [{ model_id: "plain" }] },
        { id: "dead", strategy: "ordered", targets: [{ model_id: "nobody" }] },
      ],
    },
  });
  const open = (method: string, path: string) => fetch(gateway.home.url + path, { method });

  describe("/v1/models", () => {
    test("lists what can be used: models, aliases, virtual models, nothing that is not built", async () => {
      const { status, headers, body } = await gateway.client.get<{ data: ModelTold[] }>(
        "/v1/models",
      );
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "cache-control": "private, no-store",
        "x-request-id": expect.stringMatching(/^req_/),
        "x-tokenhub-request-id": headers["x-request-id"],
      });
      expect(body).toMatchObject({ object: "list" });
      expect(body.data.map(({ id, owned_by }) => [id, owned_by])).toEqual([
        ["lab/a/b:free", "lab"],
        ["plain", "acme"],
        ["fast", "tokenhub"],
        ...VIRTUAL.map((mode) => [`tokenhub/${mode}`, "tokenhub"]),
      ]);
    });

    test("lists for a key what this key may use", async () => {
      const key = await gateway.home.addKey({ allowedModels: ["lab/a/b:free"] });
      const { body } = await clientOf(gateway.home, key).get<{ data: ModelTold[] }>("/v1/models");
      expect(body.data.map(({ id }) => id)).toEqual([
        "lab/a/b:free",
        ...VIRTUAL.map((mode) => `tokenhub/${mode}`),
      ]);
    });

    test.each(["lab/a/b:free", "lab%2Fa%2Fb%3Afree", "fast", "tokenhub/auto"])(
      "/%s is one model",
      async (id) => {
        const { status, body } = await gateway.client.get(`/v1/models/${id}`);
        expect(status).toBe(200);
        expect(body).toEqual({
          id: decodeURIComponent(id),
          object: "model",
          created: 0,
          owned_by: expect.any(String),
        });
      },
    );

    test.each(["no-such", "disabled", "nobody", "dead", "lab", "%ff"])("/%s is not", async (id) => {
      const { status, body } = await gateway.client.get(`/v1/models/${id}`);
      expect([status, body.error?.code]).toEqual([404, "model_not_found"]);
    });

    test("are Anthropic's for clients that send its version", async () => {
      const headers = {
        "anthropic-version": "2026-10-21",
        "x-api-key": gateway.home.key,
      };
      const get = async (path: string) =>
        (await fetch(`${gateway.home.url}${path}`, { headers })).json();
      const { data, ...page } = (await get("/v1/models")) as { data: { id: string }[] };
      expect(data[0]).toMatchObject({ type: "model", display_name: data[0]?.id });
      expect(page).toEqual({ has_more: false, first_id: data[0]?.id, last_id: data.at(-1)?.id });
      expect(await get(`/v1/models/${data[0]?.id}`)).toEqual(data[0]);
    });

    test("wants a key", async () => {
      for (const path of ["/v1/models", "/v1/models/plain"]) {
        expect((await open("GET", path)).status).toBe(401);
      }
    });
  });

  describe("what is not there", () => {
    test.each([
      ["GET", "/v1/chat", "POST"],
      ["DELETE", "/v1/chat/completions", "POST"],
      ["GET", "/v1/responses", "POST"],
      ["GET", "/v1/embeddings", "POST"],
      ["POST", "/v1/models", "GET"],
      ["PUT", "/v1/models/lab/a", "GET"],
      ["POST", "/healthz", "GET"],
      ["POST", "/readyz", "GET"],
      ["POST", "/metrics", "GET"],
      ["POST", "/openapi.json", "GET"],
    ])("%s %s is 405 and allows %s", async (method, path, allow) => {
      const response = await open(method, path);
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      const { error } = (await response.json()) as { error: ErrorTold };
      expect(error).toMatchObject({
        code: "method_not_allowed",
        type: "invalid_request_error",
        request_id: response.headers.get("x-request-id"),
      });
    });

    test.each(["/v1/messages", "/v1/messages/count_tokens"])(
      "GET %s is 405 in Anthropic's shape",
      async (path) => {
        const response = await open("GET", path);
        expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
        expect(await response.json()).toMatchObject({
          type: "error",
          error: { type: "invalid_request_error" },
          request_id: response.headers.get("request-id"),
        });
      },
    );

    test.each(["/v1", "/v1/feedback", "/admin/page", "/docs", "/v1/chat/"])(
      "%s is 404, whatever the method",
      async (path) => {
        for (const method of ["GET", "POST"]) {
          const response = await open(method, path);
          expect(response.status).toBe(404);
          const { error } = (await response.json()) as { error: ErrorTold };
          expect(error).toMatchObject({ code: "not_found", type: "not_found_error" });
        }
      },
    );
  });

  describe("operations", () => {
    test("/healthz says that the process lives, to everybody", async () => {
      const response = await open("GET", "/healthz");
      expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
    });

    test("/openapi.json is the description, to everybody", async () => {
      const response = await open("GET", "/openapi.json");
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openapiDocument())));
    });

    test("/metrics without a token are for near peers of a self-hosted gateway only", async () => {
      expect((await open("GET", "/metrics")).status).toBe(name === "node" ? 200 : 404);
    });

    test("/readyz says that it can serve, and why not when all models are gone", async () => {
      const ready = await open("GET", "/readyz");
      expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
      await gateway.home.store.declare("config", NO_ROWS);
      const unready = await vi.waitFor(
        async () => {
          const response = await open("GET", "/readyz");
          expect(response.status).toBe(503);
          return response.json();
        },
        { timeout: 10_000, interval: 50 },
      );
      const reasons = ["no enabled model at an enabled provider"];
      expect(unready).toEqual({ ready: false, reasons });
    });
  });
});

describe("the OpenAPI document", () => {
  const document = JSON.parse(JSON.stringify(openapiDocument()));

  test("is valid OpenAPI 3.1", () => {
    expect(problemsOf(document)).toEqual([]);
  });

  test("has every route of the app and no other", () => {
    const { settings } = readSettings({}, { modes: MODES });
    const app = createApp(
      createGateway({ platform: {} as Platform, limits: LIMITS, settings, schemaVersion: "" }),
      { misconfigured: false },
    );
    const routes = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(?:\{.*?\})?/g, "{$1}")}`)
      // The page and its files are no API.
      .filter((route) => !/^GET \/(?:admin(?:\/|\/assets\/\*)?)?$/.test(route));
    expect(operationsOf(document).sort()).toEqual([...new Set(routes)].sort());
  });

  test("asks for a key on every /v1 route and on no other", () => {
    for (const [path, item] of Object.entries<Record<string, { security?: unknown }>>(
      document.paths,
    )) {
      if (path.startsWith("/admin")) continue;
      const { security = document.security } = item.get ?? item.post ?? {};
      expect([path, security.length > 0]).toEqual([path, path.startsWith("/v1/")]);
    }
  });

  test("knows no field and no mode of what is not built", () => {
    const paths = Object.entries(document.paths).filter(([path]) => !path.startsWith("/admin"));
    const properties = propertiesOf({ ...document, paths: Object.fromEntries(paths) });
    for (const later of ["explore", "hedge"]) expect(properties).not.toContain(later);
    const { mode } = document.components.schemas.ChatEnvelope.properties.policy.properties;
    expect(mode.enum).toEqual([...PROFILES, ...PIPELINES]);
    expect(JSON.stringify(document)).not.toMatch(/thompson|learned/);
  });
});
