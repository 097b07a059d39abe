/** What a request names, and what its policy and its key make of it, over real HTTP. */
import { describe, expect, test } from "vitest";
import { clientOf, type DecisionTold, saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const HELLO = saying("Hello?");
const VIRTUAL = ["auto", "cheap", "normal", "high_confidence", "planning"];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "here", labels: ["eu", "zdr"] }, { id: "there" }],
      models: [
        { id: "free", provider_id: "here", upstream_name: "up", weight: 5, ...usd(0, 0) },
        { id: "good", provider_id: "here", upstream_name: "up", weight: 6, ...usd(0.01, 0.05) },
        { id: "best", provider_id: "there", upstream_name: "up", weight: 10, ...usd(0.01, 0.1) },
        { id: "unpriced", provider_id: "there", upstream_name: "up", weight: 1 },
        { id: "off", provider_id: "there", upstream_name: "up", weight: 9, enabled: false },
      ],
      aliases: [
        { id: "either", strategy: "weighted", targets: targets("free", "good") },
        { id: "chain", strategy: "ordered", targets: targets("best", "free") },
      ],
    },
  });
  const complete = async (model: string, policy: object = {}, headers = {}) => {
    const tokenhub = { policy, include_decision: true };
    const reply = await gateway.client.complete({ model, messages: HELLO, tokenhub }, headers);
    return { ...reply, decision: reply.body.tokenhub?.decision as DecisionTold };
  };

  describe("what the request names", () => {
    test("a model id pins: no other model is even considered", async () => {
      const { body, decision } = await complete("best", { mode: "cheap" });
      expect(body.model).toBe("best");
      expect(decision.candidates.map(({ model }) => model)).toEqual(["best"]);
    });

    test("a hint is tried first, and everything else stands behind it", async () => {
      const request = { messages: HELLO, model_hint: "best" };
      const { body } = await gateway.client.chat({ request, policy: { mode: "cheap" } });
      expect(body.negotiated_model).toBe("best");
      const usable = body.decision.candidates.filter(({ eligible }) => eligible);
      expect(usable[0]?.model).toBe("best");
      expect(usable.map(({ model }) => model).sort()).toEqual(["best", "free", "good", "unpriced"]);
    });

    test("policy.pin makes a hint the only choice", async () => {
      const request = { messages: HELLO, model_hint: "best" };
      const { body } = await gateway.client.chat({ request, policy: { pin: true } });
      expect(body.decision.candidates.map(({ model }) => model)).toEqual(["best"]);
      expect(body.decision.policy).toMatchObject({ pin: true, from: { pin: "body" } });
    });

    test.each([undefined, "*"])("a hint of %s leaves the choice to routing", async (model_hint) => {
      const request = { messages: HELLO, model_hint };
      const { body } = await gateway.client.chat({ request, policy: { mode: "high_confidence" } });
      expect(body.negotiated_model).toBe("best");
      expect(body.routing_reason).toBe("mode=high_confidence");
    });

    test("a weighted alias sends to all of its targets and to no other model", async () => {
      const seen = new Set<string>();
      for (let asked = 0; asked < 40; asked += 1) seen.add((await complete("either")).body.model);
      expect([...seen].sort()).toEqual(["free", "good"]);
    });

    test("an ordered alias is a chain, whatever the score says", async () => {
      const { body, decision } = await complete("chain", { mode: "cheap" });
      expect(body.model).toBe("best");
      expect(decision.candidates.map(({ model }) => model)).toEqual(["best", "free"]);
      expect(body.tokenhub?.routing_reason).toBe("mode=cheap;target=alias");
    });

    test.each(VIRTUAL)("tokenhub/%s lets routing choose", async (mode) => {
      const { body, decision } = await complete(`tokenhub/${mode}`);
      expect(decision.mode).toBe(mode === "auto" ? "normal" : mode);
      expect(decision.policy.from.mode).toBe(mode === "auto" ? "server" : "model");
      expect(decision.candidates).toHaveLength(5);
      const wanted = { cheap: "free", high_confidence: "best" };
      expect(body.model).toBe(wanted[mode as keyof typeof wanted] ?? body.model);
    });

    test.each(["nothing-like-it", "tokenhub/learned", "tokenhub/debate", "off/"])(
      "%s is not found",
      async (model) => {
        const { status, body } = await complete(model);
        expect(status).toBe(404);
        expect(body.error).toMatchObject({ code: "model_not_found", param: "model" });
      },
    );

    test("a disabled model is 503 when it is all there is", async () => {
      const { status, body } = await complete("off");
      expect([status, body.error?.code]).toEqual([503, "no_provider"]);
    });
  });

  describe("who wins", () => {
    const header = (policy: object) => ({ "x-tokenhub-policy": JSON.stringify({ policy }) });

    test("of modes the header, then the body, then the virtual model", async () => {
      const all = await complete(
        "tokenhub/cheap",
        { mode: "normal" },
        header({ mode: "planning" }),
      );
      expect(all.decision).toMatchObject({
        mode: "planning",
        policy: { from: { mode: "header" } },
      });
      const two = await complete("tokenhub/cheap", { mode: "normal" });
      expect(two.decision).toMatchObject({ mode: "normal", policy: { from: { mode: "body" } } });
    });

    test("of numbers the strictest, of labels all", async () => {
      const body = { min_weight: 1, max_budget_usd: 0.5, max_latency_ms: 9_000, labels: ["eu"] };
      const { decision } = await complete(
        "tokenhub/auto",
        body,
        header({ min_weight: 3, max_budget_usd: 2, max_latency_ms: 8_000, labels: ["zdr"] }),
      );
      expect(decision.policy).toMatchObject({
        min_weight: 3,
        max_budget_usd: 0.5,
        max_latency_ms: 8_000,
        labels: ["zdr", "eu"],
        from: { min_weight: "header", max_budget_usd: "body", max_latency_ms: "header" },
      });
    });

    test("server targets scale the score of /v1/chat only and refuse nothing", async () => {
      const { decision } = await complete("tokenhub/auto");
      expect(decision.policy.from).toEqual({ mode: "server" });
      const { body } = await gateway.client.chat({ request: { messages: HELLO } });
      expect(body.decision.policy).toMatchObject({
        target_budget_usd: 0.05,
        target_latency_ms: 20_000,
        from: { max_budget_usd: "server", max_latency_ms: "server" },
      });
      expect(reasonsOf(body.decision)).not.toContain("budget");
    });

    test("a key's default mode gives way to everything explicit and beats the server's", async () => {
      const client = clientOf(gateway.home, await gateway.home.addKey({ defaultMode: "cheap" }));
      const ask = async (model: string) => {
        const tokenhub = { include_decision: true };
        return (await client.complete({ model, messages: HELLO, tokenhub })).body.tokenhub;
      };
      expect((await ask("tokenhub/auto"))?.decision).toMatchObject({
        mode: "cheap",
        policy: { from: { mode: "key" } },
      });
      expect((await ask("tokenhub/planning"))?.decision.policy.from.mode).toBe("model");
    });
  });

  describe("what a policy excludes", () => {
    test("min_weight, with the reason for every candidate", async () => {
      const { body, decision } = await complete("*", { min_weight: 7 });
      expect(body.model).toBe("best");
      expect(body.tokenhub?.routing_reason).toBe("mode=normal;min_weight=7");
      expect(excludedOf(decision)).toEqual({
        free: "weight",
        good: "weight",
        unpriced: "weight",
        off: "disabled",
      });
    });

    test("labels, with those that are missing", async () => {
      const { decision, body } = await complete("*", { labels: ["eu"], mode: "high_confidence" });
      expect(body.model).toBe("good");
      const best = decision.candidates.find(({ model }) => model === "best");
      expect(best).toMatchObject({ eligible: false, reason: "labels", detail: "eu" });
      expect(body.tokenhub?.routing_reason).toContain("labels=eu");
    });

    test("a budget of 0 leaves the free models only", async () => {
      const { body, decision } = await complete("*", {
        max_budget_usd: 0,
        mode: "high_confidence",
      });
      expect(body.model).toBe("free");
      expect(excludedOf(decision)).toMatchObject({
        good: "budget",
        best: "budget",
        unpriced: "unpriced",
      });
    });

    test("a budget that pays for no candidate is 402", async () => {
      const { status, body } = await complete("best", { max_budget_usd: 0 });
      expect([status, body.error?.code, body.error?.type]).toEqual([
        402,
        "budget_exceeded",
        "budget_exceeded_error",
      ]);
    });

    test("a budget injects an output cap, never below 256, and announces it", async () => {
      const { headers, decision } = await complete("best", { max_budget_usd: 0.04 });
      const sent = JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");
      expect(sent.max_tokens).toBeGreaterThanOrEqual(256);
      expect(sent.max_tokens * 0.0001).toBeLessThanOrEqual(0.04);
      expect(headers["x-tokenhub-capped"]).toBe(String(sent.max_tokens));
      expect(decision.attempts[0]?.output_tokens_cap).toBe(sent.max_tokens);
      expect((await complete("best", { max_budget_usd: 0.02 })).status).toBe(402);
    });

    test("a policy that excludes every model is 422", async () => {
      const { status, body } = await complete("*", { labels: ["nowhere"] });
      expect([status, body.error?.code]).toEqual([422, "no_eligible_model"]);
    });

    test("a pinned model that lacks an ability is 400 and names the field", async () => {
      const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
      const { status, body } = await gateway.client.complete({
        model: "good",
        messages: HELLO,
        tools,
      });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: "unsupported_parameter", param: "tools" });
    });
  });
});

/** Prices in USD per 1k tokens. */
function usd(input_per_1k: number, output_per_1k: number) {
  return { input_per_1k, output_per_1k };
}

function targets(...ids: readonly string[]) {
  return ids.map((model_id) => ({ model_id }));
}

function excludedOf({ candidates }: DecisionTold): Record<string, string | undefined> {
  const out = candidates.filter(({ eligible }) => !eligible);
  return Object.fromEntries(out.map(({ model, reason }) => [model, reason]));
}

function reasonsOf(decision: DecisionTold): readonly (string | undefined)[] {
  return Object.values(excludedOf(decision));
}
