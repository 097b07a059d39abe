/** Who may ask, and what a key may do, over real HTTP. */
import { randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { checkKey, makeKey } from "../../../src/key.ts";
import { clientOf, type ErrorTold, saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const ASKED = { model: "cheap", messages: saying("Hello?") };
/** Well-formed, with a good checksum, and nobody's. */
const UNKNOWN = makeKey((n) => randomBytes(n)).key;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "here", labels: ["eu"] }, { id: "there" }],
      models: [
        { id: "cheap", provider_id: "here", upstream_name: "up", max_output_tokens: 4_000 },
        { id: "dear", provider_id: "there", upstream_name: "up" },
      ],
      aliases: [{ id: "fast", strategy: "ordered", targets: [{ model_id: "cheap" }] }],
    },
  });
  const withKey = async (fields: Parameters<typeof gateway.home.addKey>[0]) =>
    clientOf(gateway.home, await gateway.home.addKey(fields));
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

  test("no key, and every kind of bad key, get the very same 401", async () => {
    const { home } = gateway;
    const past = Date.now() - 1_000;
    const good = home.key;
    const keys = {
      none: {},
      empty: { authorization: "Bearer " },
      malformed: { authorization: "Bearer sk-1234" },
      "other scheme": { authorization: `Basic ${good}` },
      "one letter changed": { authorization: `Bearer ${good.slice(0, -1)}${flipped(good)}` },
      unknown: { authorization: `Bearer ${UNKNOWN}` },
      expired: { authorization: `Bearer ${await home.addKey({ expiresAtMs: past })}` },
      revoked: { authorization: `Bearer ${await home.addKey({ revokedAtMs: past })}` },
      "two that differ": { authorization: `Bearer ${good}`, "x-api-key": UNKNOWN },
    };
    const before = gateway.upstream.requests.length;
    const bodies = new Set<string>();
    for (const headers of Object.values(keys)) {
      const response = await fetch(`${home.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(ASKED),
      });
      expect(response.status).toBe(401);
      const { error } = (await response.json()) as { error: ErrorTold };
      expect(error.request_id).toBe(response.headers.get("x-request-id"));
      bodies.add(JSON.stringify({ ...error, request_id: "" }));
    }
    expect([...bodies]).toHaveLength(1);
    expect(JSON.parse([...bodies][0] ?? "{}")).toMatchObject({
      code: "missing_or_invalid_key",
      type: "authentication_error",
    });
    expect(gateway.upstream.requests).toHaveLength(before);
  });

  test("a key is taken from either header, and from both when they agree", async () => {
    const { key } = gateway.home;
    const ways: readonly Record<string, string>[] = [
      { "x-api-key": key },
      { authorization: `bearer ${key}` },
      { authorization: `Bearer ${key}`, "x-api-key": key },
    ];
    for (const headers of ways) {
      const response = await fetch(`${gateway.home.url}/v1/models`, { headers });
      expect(response.status).toBe(200);
    }
  });

  test("a revoked key is refused within 30 seconds", { timeout: 35_000 }, async () => {
    const key = await gateway.home.addKey({});
    const client = clientOf(gateway.home, key);
    expect((await client.complete(ASKED)).status).toBe(200);
    await gateway.home.store.revokeKey(checkKey(key) ?? "", Date.now());
    await vi.waitFor(async () => expect((await client.complete(ASKED)).status).toBe(401), {
      timeout: 30_000,
      interval: 100,
    });
  });

  test("a scope that is missing is 403", async () => {
    const lister = await withKey({ scopes: ["models"] });
    expect((await lister.get("/v1/models")).status).toBe(200);
    const refused = await lister.complete(ASKED);
    expect([refused.status, refused.body.error?.code]).toEqual([403, "insufficient_scope"]);
    const chatter = await withKey({ scopes: ["chat"] });
    expect((await chatter.complete(ASKED)).status).toBe(200);
    expect((await chatter.get("/v1/models/cheap")).status).toBe(403);
    expect((await (await withKey({ scopes: [] })).chat({})).status).toBe(403);
  });

  test("what a key may not use does not exist for it, in the very same words", async () => {
    const client = await withKey({ allowedModels: ["cheap"] });
    const words = async (model: string) => {
      const { status, body } = await client.complete({ ...ASKED, model });
      return { status, ...body.error, request_id: "" };
    };
    const unknown = await words("no-such-model");
    expect(unknown).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    expect(await words("dear")).toEqual(unknown);
    expect((await client.complete(ASKED)).status).toBe(200);
    expect((await client.complete({ ...ASKED, model: "fast" })).status).toBe(200);
  });

  test.each([
    ["allowedModels", { allowedModels: ["cheap"] }],
    ["allowedProviders", { allowedProviders: ["here"] }],
  ])("%s bounds what routing considers and what is told", async (_name, fields) => {
    const client = await withKey(fields);
    const request = { messages: saying("Hello?"), model_hint: "*" };
    const { text, body } = await client.chat({ request });
    expect(body.decision.candidates.map(({ model }) => model)).toEqual(["cheap"]);
    expect(text).not.toContain("dear");
  });

  test("labels that a key requires bound its requests", async () => {
    const client = await withKey({ requiredLabels: ["eu"] });
    const { body } = await client.chat({ request: { messages: saying("Hello?") } });
    expect(body.decision.candidates).toMatchObject([
      { model: "cheap", eligible: true },
      { model: "dear", eligible: false, reason: "labels", detail: "eu" },
    ]);
    const refused = await client.complete({ ...ASKED, model: "dear" });
    expect([refused.status, refused.body.error?.code]).toEqual([422, "no_eligible_model"]);
  });

  test("a key's max_tokens caps what is sent, and lowers what the client asked", async () => {
    const client = await withKey({ maxTokens: 500 });
    const none = await client.complete(ASKED);
    expect(sent().max_tokens).toBe(500);
    expect(none.headers["x-tokenhub-capped"]).toBe("500");

    const high = await client.complete({ ...ASKED, max_completion_tokens: 900 });
    expect(sent()).toMatchObject({ max_completion_tokens: 500 });
    expect(sent()).not.toHaveProperty("max_tokens");
    expect(high.headers["x-tokenhub-capped"]).toBe("500");

    const low = await client.complete({ ...ASKED, max_tokens: 20 });
    expect(sent().max_tokens).toBe(20);
    expect(low.headers).not.toHaveProperty("x-tokenhub-capped");
  });

  test("a key's requests per minute are counted down, then refused with the wait", async () => {
    const client = await withKey({ rpm: 2 });
    const left = "x-ratelimit-remaining-requests";
    const first = await client.complete(ASKED);
    expect(first.headers).toMatchObject({ "x-ratelimit-limit-requests": "2", [left]: "1" });
    expect(first.headers["x-ratelimit-reset-requests"]).toMatch(/^\d+s$/);
    expect((await client.complete(ASKED)).headers[left]).toBe("0");
    const refused = await client.complete(ASKED);
    expect([refused.status, refused.body.error?.code]).toEqual([429, "rate_limited"]);
    const waitS = Number(refused.headers["retry-after"]);
    expect(Number.isInteger(waitS) && waitS >= 25 && waitS <= 30).toBe(true);
    expect(refused.headers).toMatchObject({
      "x-should-retry": "true",
      "x-ratelimit-limit-requests": "2",
      [left]: "0",
    });
    // Another key has a bucket of its own.
    expect((await (await withKey({ rpm: 2 })).complete(ASKED)).status).toBe(200);
  });
});

/** Another last letter than the key's own. */
function flipped(key: string): string {
  return key.endsWith("0") ? "1" : "0";
}
