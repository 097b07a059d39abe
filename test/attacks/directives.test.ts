/** Directives in the text of requests: who may direct, what goes upstream, what is told; in both homes. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { askAdmin } from "../fakes/admin-client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const BLOCK = "@@tokenhub\nmode=cheap\nbudget=5\n@@end\n";
const SECRET = "s3cretvalue";
const INBAND = ["user", "system", "off"] as const;
/** Text of a system and of a user message → a body, by the path of its door. */
const DOORS: Readonly<Record<string, (system: string, user: string) => object>> = {
  "/v1/chat/completions": (system, user) => ({
    model: "chat",
    messages: [
      { role: "system", content: system },
      { role: "user", content: user },
    ],
  }),
  "/v1/chat": (system, user) => ({
    request: {
      model_hint: "chat",
      messages: [
        { role: "system", content: system },
        { role: "user", content: user },
      ],
    },
  }),
  "/v1/messages": (system, user) => ({
    ...{ model: "chat", max_tokens: 100, system },
    messages: [{ role: "user", content: user }],
  }),
  "/v1/responses": (system, user) => ({ model: "chat", instructions: system, input: user }),
};

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "p" }],
      models: [
        {
          ...{ id: "chat", provider_id: "p", upstream_name: "up" },
          pricing: { input_per_1k: 0.001, output_per_1k: 0.001 },
        },
      ],
    },
  });
  const keys = new Map<string, string>();
  beforeAll(async () => {
    for (const inband of INBAND) {
      const body = { name: inband, inband, budget_request_usd: 0.05 };
      keys.set(inband, (await askAdmin(gateway.home, "POST /keys", { body })).body.key);
    }
  });

  async function ask(path: string, inband: string, body: object) {
    const headers = {
      authorization: `Bearer ${keys.get(inband)}`,
      "content-type": "application/json",
    };
    const before = gateway.upstream.requests.length;
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await vi.waitFor(
      async () => {
        const answered = await fetch(gateway.home.url + path, init);
        // An isolate learns of a new key within its refresh.
        expect(answered.status).not.toBe(401);
        return answered;
      },
      { timeout: 10_000, interval: 200 },
    );
    return {
      status: response.status,
      told: response.headers.get("x-tokenhub-directive"),
      text: await response.text(),
      sent: gateway.upstream.requests.slice(before).map((request) => request.body),
    };
  }

  describe.each(Object.entries(DOORS))("%s", (path, bodyOf) => {
    test.each([
      ["a system message", "user", [`${BLOCK}Be kind.`, "Hello?"], "applied; stripped=1"],
      ["a system message", "system", [`${BLOCK}Be kind.`, "Hello?"], "applied; stripped=1"],
      ["a system message", "off", [`${BLOCK}Be kind.`, "Hello?"], "ignored; stripped=1"],
      ["a user message", "user", ["Be kind.", `${BLOCK}Hello?`], "applied; stripped=1"],
      ["a user message", "system", ["Be kind.", `${BLOCK}Hello?`], "ignored; stripped=1"],
      ["a user message", "off", ["Be kind.", `${BLOCK}Hello?`], "ignored; stripped=1"],
    ] as const)("a block in %s of a key that says %s", async (_, inband, [system, user], told) => {
      const answered = await ask(path, inband, bodyOf(system, user));
      expect([answered.status, answered.told]).toEqual([200, told]);
      expect(answered.sent).toHaveLength(1);
      const [sent = ""] = answered.sent;
      expect(sent).not.toMatch(/@@|mode=cheap/);
      expect(sent).toContain("Be kind.");
      expect(sent).toContain("Hello?");
    });

    test("a block that does not end is refused with its line where it counts, and prose elsewhere", async () => {
      const body = bodyOf("Be kind.", `@@tokenhub\nbudget=${SECRET}\nHello?`);
      const refused = await ask(path, "user", body);
      expect(refused.status).toBe(400);
      expect(refused.text).toMatch(/Line \d/);
      expect(refused.text).not.toContain(SECRET);
      expect(refused.sent).toEqual([]);
      const passed = await ask(path, "off", body);
      expect([passed.status, passed.told]).toEqual([200, "none"]);
    });
  });

  test("a directive cannot raise what the key or the request allows", async () => {
    const body = DOORS["/v1/chat"]?.("Be kind.", "@@tokenhub budget=100\nHello?");
    const answered = await ask("/v1/chat", "user", { ...body, policy: { max_budget_usd: 0.01 } });
    expect(JSON.parse(answered.text).decision.policy).toMatchObject({
      max_budget_usd: 0.01,
      from: { max_budget_usd: "body" },
    });
    const plain = await ask("/v1/chat", "user", body ?? {});
    expect(JSON.parse(plain.text).decision.policy.max_budget_usd).toBe(0.05);
  });

  test("a directive lowers what the request may cost", async () => {
    const body = DOORS["/v1/chat"]?.("Be kind.", "@@tokenhub budget=0.02 weight=0\nHello?");
    const answered = await ask("/v1/chat", "user", body ?? {});
    expect(JSON.parse(answered.text).decision.policy).toMatchObject({
      max_budget_usd: 0.02,
      from: { max_budget_usd: "directive" },
    });
  });

  test("what no directive may say does nothing and is told", async () => {
    const words = "provider=evil base_url=x audit=off admin=1";
    const body = DOORS["/v1/chat/completions"]?.("Be kind.", `@@tokenhub ${words}\nHello?`);
    const answered = await ask("/v1/chat/completions", "user", body ?? {});
    expect([answered.status, answered.told]).toEqual([
      200,
      "ignored; unknown=provider,base_url,audit,admin; stripped=1",
    ]);
  });
});
