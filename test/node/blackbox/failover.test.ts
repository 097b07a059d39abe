/** What a failing provider costs a client: nothing where another can answer, the right error where none can. */
import { describe, expect, test } from "vitest";
import { clientOf, type DecisionTold, saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { closedPort } from "../../fakes/upstream.ts";
import { error, type Said } from "../../fakes/upstream-chat.ts";
import { REFUSALS } from "../../fakes/upstream-script.ts";

const FAILURES_MAX = 5;
const HELLO = saying("Hello?");
const REFUSED_PORT = await closedPort();

/** Model → how its free, first choice fails, and the class by which the decision tells it. */
const FAILING = {
  refused: { said: undefined, result: "transient" },
  "server-error": { said: REFUSALS.serverError, result: "transient" },
  unavailable: { said: REFUSALS.unavailable, result: "transient" },
  throttled: { said: REFUSALS.rateLimited, result: "rate_limited" },
  "out-of-quota": { said: REFUSALS.quota, result: "quota_exhausted" },
  unauthorized: { said: REFUSALS.unauthorized, result: "credential_rejected" },
  "not-there": {
    said: error(404, { message: "No.", type: "invalid_request_error", code: "model_not_found" }),
    result: "misconfigured_candidate",
  },
} as const satisfies Record<string, { said: Said | undefined; result: string }>;

type Failing = keyof typeof FAILING;
const names = Object.keys(FAILING) as Failing[];

const scripts = Object.fromEntries(
  Object.entries(FAILING).map(([model, { said }]) => [`${model}-up`, { said }]),
);

/** One provider each, so that what is learned of one says nothing of another. */
const rows = names.flatMap((model) => [
  { ...offer(model, `first-${model}`, `${model}-up`), input_per_1k: 0, output_per_1k: 0 },
  { ...offer(model, "second", "good"), input_per_1k: 1, output_per_1k: 1 },
  offer(`only-${model}`, `only-${model}`, `${model}-up`),
]);
const sometimes = [
  { ...offer("both", "down", "down"), input_per_1k: 0, output_per_1k: 0 },
  { ...offer("both", "second", "good"), input_per_1k: 1, output_per_1k: 1 },
];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: {
      models: {
        ...scripts,
        good: {},
        small: { said: REFUSALS.overflow },
        never: {},
        down: { said: REFUSALS.serverError },
      },
    },
    // No wait in a request is as long as the refusals' Retry-After of 2 s.
    limits: { backoffBaseMs: 5, throttleWaitMs: 700 },
    registry: {
      providers: [
        ...names.flatMap((model) => [provider(`first-${model}`), provider(`only-${model}`)]),
        { id: "second" },
        { id: "slow" },
        { id: "brief" },
        { id: "down" },
        { id: "alone" },
      ],
      models: [
        ...[...new Set([...rows, ...sometimes].map(({ model_id }) => model_id))].map((id) => ({
          id,
        })),
        { id: "s", provider_id: "second", upstream_name: "small", max_context_tokens: 1_000 },
        { id: "m", provider_id: "second", upstream_name: "never", max_context_tokens: 900 },
        { id: "l", provider_id: "second", upstream_name: "good", max_context_tokens: 9_000 },
        { id: "slow", provider_id: "slow", upstream_name: "good" },
        { id: "brief", provider_id: "brief", upstream_name: "good" },
        { id: "alone", provider_id: "alone", upstream_name: "good" },
      ],
      offers: [...rows, ...sometimes],
      aliases: [
        {
          id: "growing",
          strategy: "ordered",
          targets: ["s", "m", "l"].map((model_id) => ({ model_id })),
        },
      ],
    },
  });
  const complete = async (model: string, extra: object = {}) => {
    const tokenhub = { include_decision: true, policy: { mode: "cheap" } };
    const reply = await gateway.client.complete({ model, messages: HELLO, tokenhub, ...extra });
    return { ...reply, decision: reply.body.tokenhub?.decision as DecisionTold };
  };
  /** Upstream names that were asked since the request number `from`. */
  const askedSince = (from: number): readonly string[] =>
    gateway.upstream.requests.slice(from).map(({ body }) => JSON.parse(body).model);

  describe.each(names)("%s", (model) => {
    const { result } = FAILING[model];

    test("another provider of the same model answers, and the decision says why", async () => {
      const { status, headers, decision, text } = await complete(model);
      expect(status).toBe(200);
      expect(decision.attempts).toMatchObject([
        { provider: `first-${model}`, result },
        { provider: "second", result: "ok" },
      ]);
      expect(headers).toMatchObject({
        "x-tokenhub-provider": "second",
        "x-tokenhub-attempts": "2",
        "x-tokenhub-reason": `mode=cheap;target=model;fallback=${result}`,
      });
      expect(text).not.toContain("sk-leak");
    });

    test("a stream fails over as invisibly", async () => {
      const { status, text } = await gateway.client.complete({
        model,
        messages: HELLO,
        stream: true,
      });
      expect(status).toBe(200);
      expect(text).toContain("provider=second");
      expect(text).toContain("[DONE]");
    });

    test("alone it is an error of ours that says whether to retry, and never a 401", async () => {
      const { status, headers, body, text } = await complete(`only-${model}`);
      const transient = [502, "upstream_error", "false"];
      const wanted = {
        transient,
        rate_limited: [429, "rate_limited", "true"],
        quota_exhausted: [503, "no_provider", "false"],
        credential_rejected: [503, "no_provider", "false"],
        misconfigured_candidate: [503, "no_provider", "false"],
      }[result];
      expect([status, body.error?.code, headers["x-should-retry"]]).toEqual(wanted);
      expect(headers["x-tokenhub-attempts"]).toMatch(/^[1-4]$/);
      expect(headers["x-tokenhub-reason"]).toContain("mode=");
      if (result === "rate_limited") expect(headers["retry-after"]).toBe("2");
      expect(text).not.toContain("sk-leak");
    });
  });

  test("what was refused for a time is not asked again before", async () => {
    for (const [model, reason] of [
      ["throttled", "throttled"],
      ["unauthorized", "quota"],
      ["not-there", "quota"],
    ] as const) {
      await complete(model);
      const from = gateway.upstream.requests.length;
      const { decision } = await complete(model);
      expect(askedSince(from)).toEqual(["good"]);
      const first = decision.candidates.find(({ provider }) => provider === `first-${model}`);
      expect(first).toMatchObject({ eligible: false, reason, until_ms: expect.any(Number) });
    }
    await complete("only-throttled");
    const from = gateway.upstream.requests.length;
    const { status, headers } = await complete("only-throttled");
    expect([status, headers["x-should-retry"]]).toEqual([429, "true"]);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(2);
    expect(askedSince(from)).toEqual([]);
  });

  test("a short throttle of the only provider is waited for", async () => {
    const brief = error(429, { message: "Slow.", type: "requests" }, { "retry-after-ms": "300" });
    gateway.upstream.next({ said: brief });
    const { status, decision } = await complete("brief");
    expect(status).toBe(200);
    expect(decision.attempts).toMatchObject([{ result: "rate_limited" }, { result: "ok" }]);
  });

  test("an overflow goes to the next larger context only, and no health changes", async () => {
    for (let asked = 0; asked < 6; asked += 1) {
      const { body, decision } = await complete("growing");
      expect(body.model).toBe("l");
      expect(decision.attempts).toMatchObject([
        { model: "s", result: "context_overflow" },
        { model: "l", result: "ok" },
      ]);
    }
    expect(gateway.upstream.requests.map(({ body }) => body).join()).not.toContain('"never"');
  });

  test("an overflow of all is the client's context_length_exceeded", async () => {
    const { status, headers, body } = await complete("s");
    expect(status).toBe(400);
    expect(body.error?.code).toBe("context_length_exceeded");
    expect(headers["x-should-retry"]).toBe("false");
  });

  test("a bad request is the client's own error, in our words, and nobody else's trouble", async () => {
    const from = gateway.upstream.requests.length;
    const script = { said: REFUSALS.invalid };
    gateway.upstream.next(...Array.from({ length: 6 }, () => script));
    for (let asked = 0; asked < 6; asked += 1) {
      const { status, body, text } = await complete("brief", { temperature: 9 });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: "invalid_value", param: "temperature" });
      expect(text).not.toContain("Invalid value for 'temperature'");
    }
    expect(askedSince(from)).toHaveLength(6);
    const other = clientOf(gateway.home, await gateway.home.addKey({}));
    const request = { messages: HELLO, model_hint: "brief" };
    const { body } = await other.chat({ request, policy: { pin: true } });
    expect(body.decision).toMatchObject({ degraded: false, attempts: [{ result: "ok" }] });
  });

  const askedFor = (name: string) => askedSince(0).filter((asked) => asked === name).length;

  test("after five failures in a row later requests skip the provider and say so", async () => {
    for (let failed = 1; failed <= FAILURES_MAX; failed += 1) {
      const { status, decision } = await complete("both");
      expect(status).toBe(200);
      expect(decision.attempts).toMatchObject([{ result: "transient" }, { result: "ok" }]);
      expect(askedFor("down")).toBe(failed);
    }
    const { headers, decision } = await complete("both");
    expect(askedFor("down")).toBe(FAILURES_MAX);
    expect(headers["x-tokenhub-attempts"]).toBe("1");
    expect(decision.attempts).toMatchObject([{ provider: "second", result: "ok" }]);
    expect(decision.candidates).toMatchObject([
      { provider: "second", eligible: true },
      { provider: "down", eligible: false, reason: "breaker", until_ms: expect.any(Number) },
    ]);
    expect(decision.degraded).toBe(false);
  });

  test("where breakers alone leave nobody, the least bad is tried and the answer says degraded", async () => {
    const failing = { said: REFUSALS.unavailable };
    for (let failed = 0; failed < FAILURES_MAX + 1; failed += 2) {
      gateway.upstream.next(failing, failing);
      const { status, headers, body } = await complete("alone");
      expect([status, body.error?.code, headers["x-should-retry"]]).toEqual([
        502,
        "upstream_error",
        "false",
      ]);
    }
    const { status, headers, decision } = await complete("alone");
    expect(status).toBe(200);
    expect(decision.degraded).toBe(true);
    expect(headers["x-tokenhub-reason"]).toBe("mode=cheap;target=model;degraded");
  });

  test("a deadline ends the request, whole or streamed, and blames no provider", async () => {
    for (const stream of [false, true]) {
      gateway.upstream.next({ fault: { kind: "silent" } });
      // Long enough that the provider is surely asked: a fault that nobody met would meet the last request.
      const policy = { max_latency_ms: 600 };
      const { status, body } = await complete("slow", { stream, tokenhub: { policy } });
      expect([status, body.error?.code, body.error?.type]).toEqual([
        504,
        "deadline_exceeded",
        "timeout_error",
      ]);
    }
    expect((await complete("slow")).decision.candidates).toMatchObject([{ eligible: true }]);
  });
});

function offer(model_id: string, provider_id: string, upstream_name: string) {
  return { model_id, provider_id, upstream_name };
}

function provider(id: string): object {
  const base_url = `http://127.0.0.1:${REFUSED_PORT}/v1`;
  return id.endsWith("-refused") ? { id, base_url } : { id };
}
