/** What is charged to a key, whatever door it asks at and however it is answered, in both homes. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { askAdmin } from "../fakes/admin-client.ts";
import { saying } from "../fakes/client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const PRICED = {
  pricing: { input_per_1k: 0.01, output_per_1k: 0.04 },
  max_context_tokens: 100_000,
  max_output_tokens: 256,
};
const messages = saying("Hello?");
/** Path of a door → what is asked there. */
const DOORS = {
  "/v1/chat/completions": { model: "chat", messages },
  "/v1/chat": { request: { model_hint: "chat", messages } },
  "/v1/messages": { model: "chat", messages, max_tokens: 100 },
  "/v1/responses": { model: "chat", input: "Hello?" },
} as const;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: { up: {} } }, registry: {} });

  beforeAll(async () => {
    const place = { base_url: gateway.upstream.baseUrl, network: "private" };
    const row = { id: "p", type: "openai", credential_source: "none", ...place };
    await askAdmin(gateway.home, "POST /providers", { body: row });
    const model = { id: "chat", provider_id: "p", upstream_name: "up", ...PRICED };
    const made = await askAdmin(gateway.home, "POST /models", { body: model });
    expect(made.status).toBe(201);
  });

  async function spender(): Promise<{
    ask(path: string, body: object): Promise<number>;
    spent(): Promise<number>;
  }> {
    const made = { body: { name: "spender", budget_month_usd: 1 } };
    const { key, id } = (await askAdmin(gateway.home, "POST /keys", made)).body;
    return {
      async ask(path, body) {
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
        const init = { method: "POST", headers, body: JSON.stringify(body) };
        const response = await fetch(gateway.home.url + path, init);
        await response.text();
        return response.status;
      },
      spent: async () =>
        (await askAdmin(gateway.home, `GET /keys/${id}`)).body.spent_month_usd ?? 0,
    };
  }

  /** What one answer comes to, once the ledger knows. */
  async function charged(path: string, body: object): Promise<number> {
    const { ask, spent } = await spender();
    await vi.waitFor(async () => expect(await ask(path, body)).toBe(200), {
      ...{ timeout: 10_000, interval: 200 },
    });
    await vi.waitFor(async () => expect(await spent()).toBeGreaterThan(0), {
      ...{ timeout: 15_000, interval: 200 },
    });
    return spent();
  }

  test("row 127: the same prompt costs the same, streamed or whole", {
    timeout: 60_000,
  }, async () => {
    const body = DOORS["/v1/chat/completions"];
    const whole = await charged("/v1/chat/completions", body);
    expect(await charged("/v1/chat/completions", { ...body, stream: true })).toBeCloseTo(whole, 9);
  });

  test.each(Object.entries(DOORS))(
    "row 128: what is asked at %s is charged to its key",
    { timeout: 40_000 },
    async (path, body) => {
      expect(await charged(path, body)).toBeGreaterThan(0);
    },
  );
});
