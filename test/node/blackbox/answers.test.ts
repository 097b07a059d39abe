/** Whole answers of both doors over real HTTP: what they say, what they keep, what never crosses. */
import { describe, expect, test } from "vitest";
import { saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { json } from "../../fakes/upstream-chat.ts";

const CREDENTIAL = "sk-upstream-credential";
const ID = /^req_[0-9A-HJKMNP-TV-Z]{26}$/;
const ASKED = { model: "lab/gpt", messages: saying("Hello?") };

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { "gpt-upstream": {} }, apiKey: CREDENTIAL },
    env: { ANSWERS_KEY: CREDENTIAL },
    registry: {
      providers: [{ id: "vendor", env_key_name: "ANSWERS_KEY" }],
      models: [
        {
          id: "lab/gpt",
          provider_id: "vendor",
          upstream_name: "gpt-upstream",
          weight: 5,
          input_per_1k: 0.001,
          output_per_1k: 0.002,
          max_context_tokens: 8_000,
        },
        { id: "weak", provider_id: "vendor", upstream_name: "gpt-upstream", weight: 1 },
      ],
    },
  });
  /** Body of the newest request that the upstream got. */
  const asked = () => gateway.upstream.requests.at(-1)?.body ?? "";

  test("/v1/chat answers with the completion and every reason for the choice", async () => {
    const { status, body } = await gateway.client.chat({
      request: {
        id: "mine-1",
        messages: saying("Hello?"),
        model_hint: "lab/gpt",
        estimated_input_tokens: 7,
        parameters: { temperature: 0.2 },
        meta: { client: "test" },
      },
      policy: { mode: "cheap", min_weight: 4, max_latency_ms: 15_000 },
    });
    expect(status).toBe(200);
    const { decision, response, ...rest } = body;
    expect(rest).toEqual({
      request_id: expect.stringMatching(ID),
      negotiated_model: "lab/gpt",
      // 9 prompt tokens at $0.001 and 12 completion tokens at $0.002 per 1k.
      estimated_cost_usd: 0.000033,
      routing_reason: "mode=cheap;target=model;min_weight=4",
    });
    expect(response).toEqual({
      id: "chatcmpl-upstream",
      object: "chat.completion",
      created: expect.any(Number),
      model: "lab/gpt",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello from upstream.", refusal: null },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    });
    const named = { provider: "vendor", upstream_model: "gpt-upstream" };
    const number = expect.any(Number);
    expect(decision).toEqual({
      mode: "cheap",
      degraded: false,
      candidates: [
        {
          ...named,
          model: "lab/gpt",
          eligible: true,
          score: number,
          terms: { cost: number, latency: number, failure: number, weight: -0.05, load: 0 },
          estimate: { output_tokens: number, cost_usd: number, latency_ms: number },
        },
        { ...named, model: "weak", eligible: false, reason: "weight" },
      ],
      attempts: [
        {
          ...named,
          model: "lab/gpt",
          result: "ok",
          what: "ok",
          status: 200,
          latency_ms: number,
          prompt_tokens: 9,
          completion_tokens: 12,
          cost_usd: 0.000033,
        },
      ],
      policy: {
        mode: "cheap",
        target_budget_usd: 0.05,
        max_latency_ms: 15_000,
        target_latency_ms: 20_000,
        min_weight: 4,
        pin: false,
        labels: [],
        from: {
          mode: "body",
          max_budget_usd: "server",
          max_latency_ms: "body",
          min_weight: "body",
        },
      },
      usage: { prompt_tokens: 9, completion_tokens: 12 },
      cost_usd: 0.000033,
      cost_is_estimate: false,
    });
  });

  test("parameters and messages are forwarded, everything else of the envelope is not", async () => {
    await gateway.client.chat({
      request: {
        id: "mine-2",
        messages: saying("Hello?"),
        model_hint: "lab/gpt",
        parameters: { temperature: 0.2, max_tokens: 12 },
        meta: { client: "test" },
      },
      policy: { mode: "cheap" },
    });
    expect(JSON.parse(asked())).toEqual({
      model: "gpt-upstream",
      messages: saying("Hello?"),
      temperature: 0.2,
      max_tokens: 12,
      stream: false,
    });
  });

  test("capabilities.planning selects the profile unless the policy names one", async () => {
    const request = { messages: saying("Plan.") };
    const capabilities = { planning: true };
    const planned = await gateway.client.chat({ request, capabilities });
    expect(planned.body.decision.mode).toBe("planning");
    const named = await gateway.client.chat({ request, capabilities, policy: { mode: "cheap" } });
    expect(named.body.decision.mode).toBe("cheap");
  });

  test("/v1/chat/completions answers exactly what the upstream said, but for the model", async () => {
    const { body, headers } = await gateway.client.complete(ASKED);
    expect(Object.keys(body).sort()).toEqual(
      ["choices", "created", "id", "model", "object", "usage"].sort(),
    );
    expect(body.model).toBe("lab/gpt");
    expect(headers["content-type"]).toBe("application/json");
  });

  test.each([
    ["the body", { tokenhub: { include_decision: true } }, {}],
    ["the header", {}, { "x-tokenhub-policy": '{"include_decision":true}' }],
  ])("include_decision in %s adds the decision", async (_place, extra, headers) => {
    const { body } = await gateway.client.complete({ ...ASKED, ...extra }, headers);
    expect(body.tokenhub).toMatchObject({
      request_id: expect.stringMatching(ID),
      negotiated_model: "lab/gpt",
      estimated_cost_usd: 0.000033,
      routing_reason: "mode=normal;target=model",
      decision: { mode: "normal", attempts: [{ provider: "vendor", result: "ok" }] },
    });
    expect(asked()).not.toContain("tokenhub");
  });

  test("every answer carries the headers of the contract", async () => {
    const { headers, body } = await gateway.client.chat({
      request: { messages: saying("Hello?"), model_hint: "lab/gpt" },
    });
    expect(headers).toMatchObject({
      "cache-control": "private, no-store",
      "x-request-id": body.request_id,
      "x-tokenhub-request-id": body.request_id,
      "x-tokenhub-model": "lab/gpt",
      "x-tokenhub-provider": "vendor",
      "x-tokenhub-reason": body.routing_reason,
      "x-tokenhub-attempts": "1",
      "x-tokenhub-cost-usd": "0.000033",
      "x-tokenhub-overhead-ms": expect.stringMatching(/^\d+\.\d$/),
    });
    expect(headers).not.toHaveProperty("x-tokenhub-capped");
  });

  test("an answer without usage costs an estimate and says so", async () => {
    const choices = [{ index: 0, message: { role: "assistant", content: "x".repeat(400) } }];
    gateway.upstream.next({ said: json(200, { id: "1", object: "chat.completion", choices }) });
    const { body } = await gateway.client.chat({
      request: { messages: saying("Hello?"), model_hint: "lab/gpt" },
    });
    expect(body.decision.cost_is_estimate).toBe(true);
    // 100 completion tokens at $0.002 per 1k, and a short prompt.
    expect(body.estimated_cost_usd).toBeGreaterThan(0.0002);
    expect(body.estimated_cost_usd).toBeLessThan(0.0003);
  });

  test("a cap of ours is sent, announced and told", async () => {
    const { headers } = await gateway.client.complete({
      ...ASKED,
      tokenhub: { policy: { max_budget_usd: 0.002 } },
    });
    const sent = JSON.parse(asked()).max_tokens;
    expect(sent).toBeGreaterThanOrEqual(256);
    expect(sent * 0.000002).toBeLessThan(0.002);
    expect(headers["x-tokenhub-capped"]).toBe(String(sent));
  });

  test("fields of the request that nobody here knows reach the upstream byte for byte", async () => {
    gateway.upstream.next({ said: json(200, { id: "1", choices: [{ message: {} }] }) });
    const odd = `"big":12345678901234567890.10, "nested" : {"a":[1E2,"\\u00e9\\/"], "__proto__":{"x":1}}`;
    const { status } = await gateway.client.complete(
      `{ "model":"lab/gpt",${odd},"tokenhub":{},"messages":[{"role":"user","content":"\\u0041"}] }`,
    );
    expect(status).toBe(200);
    expect(asked()).toBe(
      `{ "model":"gpt-upstream",${odd},"messages":[{"role":"user","content":"\\u0041"}] }`,
    );
  });

  test("fields of the answer that nobody here knows reach the client byte for byte", async () => {
    const answer = (model: string) =>
      `{"id" : "chatcmpl-odd","model":"${model}","choices":[{"index":0,"message":{"role":"assistant","content":"\\u00e9"},"odd":98765432109876543210}], "extra":{"b":1.50,"a":null}}`;
    const headers = { "content-type": "application/json" };
    gateway.upstream.next({ said: { status: 200, headers, frames: [answer("gpt-2026")] } });
    const { text } = await gateway.client.complete(ASKED);
    expect(text).toBe(answer("lab/gpt"));
  });

  test("a key that stands there twice collapses to the one that was checked", async () => {
    await gateway.client.complete(
      `{"model":"weak","messages":[{"role":"user","content":"Hi"}],"temperature":2,"temperature":0.5,"model":"lab/gpt"}`,
    );
    expect(asked().match(/"temperature"/g)).toHaveLength(1);
    expect(JSON.parse(asked())).toMatchObject({ temperature: 0.5, model: "gpt-upstream" });
  });

  test("the upstream gets its credential and nothing of the client's headers", async () => {
    const secret = "client-header-value";
    const { headers } = await gateway.client.complete(ASKED, {
      cookie: secret,
      "x-custom": secret,
      "x-api-key": gateway.home.key,
      "x-request-id": secret,
      "x-tokenhub-policy": "{}",
      "openai-organization": secret,
      "user-agent": secret,
      "x-forwarded-for": secret,
    });
    const sent = gateway.upstream.requests.at(-1)?.headers ?? {};
    expect(sent).toMatchObject({
      authorization: `Bearer ${CREDENTIAL}`,
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "tokenhub",
    });
    const text = JSON.stringify(sent);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(gateway.home.key);
    expect(text).not.toContain("x-tokenhub");
    // And the other way round: an id of the client's never becomes ours.
    expect(headers["x-request-id"]).toMatch(ID);
  });
});
