/** Every error as the official OpenAI SDK for Node sees it: its class, its retries, never a silent end. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { error, say } from "../../fakes/upstream-chat.ts";
import { REFUSALS } from "../../fakes/upstream-script.ts";

const MESSAGES = [{ role: "user" as const, content: "Hello?" }];
const FRAMES = say({ model: "up", messages: [], stream: true }).frames;
/** Bytes of the first so many frames of a good stream. */
const bytesOf = (frames: number) => FRAMES.slice(0, frames).join("").length;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    // A provider's Retry-After of 1 s is the client's to wait.
    limits: { backoffBaseMs: 5, throttleWaitMs: 500, idleMs: 300 },
    registry: {
      providers: [{ id: "vendor" }, { id: "throttling" }],
      models: [
        { id: "gpt", provider_id: "vendor", upstream_name: "up" },
        { id: "throttled", provider_id: "throttling", upstream_name: "up" },
      ],
    },
  });
  const sdk = (options: { apiKey?: string; maxRetries?: number } = {}) =>
    new OpenAI({
      baseURL: `${gateway.home.url}/v1`,
      apiKey: gateway.home.key,
      maxRetries: 0,
      ...options,
    });
  const asking = (client: OpenAI, model = "gpt", rest: object = {}) =>
    client.chat.completions.create({ model, messages: MESSAGES, ...rest });
  /** What the promise was rejected with. */
  const thrown = async (promise: PromiseLike<unknown>) => {
    const found = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(found instanceof OpenAI.APIError)) throw new Error(`No APIError: ${found}`);
    return found;
  };

  test("400 is a BadRequestError with code, param and request id", async () => {
    const found = await thrown(sdk().chat.completions.create({ model: "gpt", messages: [] }));
    expect(found).toBeInstanceOf(OpenAI.BadRequestError);
    expect(found).toMatchObject({
      status: 400,
      code: "invalid_value",
      param: "messages",
      type: "invalid_request_error",
      requestID: expect.stringMatching(/^req_/),
    });
  });

  test("401 is an AuthenticationError", async () => {
    const found = await thrown(asking(sdk({ apiKey: "sk-not-ours" })));
    expect(found).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(found.code).toBe("missing_or_invalid_key");
  });

  test("403 is a PermissionDeniedError", async () => {
    const apiKey = await gateway.home.addKey({ scopes: ["models"] });
    const found = await thrown(asking(sdk({ apiKey })));
    expect(found).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(found.code).toBe("insufficient_scope");
  });

  test("404 is a NotFoundError, for chat and for models", async () => {
    for (const asked of [asking(sdk(), "no-such"), sdk().models.retrieve("no/such")]) {
      const found = await thrown(asked);
      expect(found).toBeInstanceOf(OpenAI.NotFoundError);
      expect(found.code).toBe("model_not_found");
    }
  });

  test("422 is an UnprocessableEntityError", async () => {
    const tokenhub = { policy: { labels: ["nowhere"] } };
    const found = await thrown(asking(sdk(), "gpt", { tokenhub }));
    expect(found).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(found.code).toBe("no_eligible_model");
  });

  test("429 of the key is a RateLimitError that says how long to wait", async () => {
    const client = sdk({ apiKey: await gateway.home.addKey({ rpm: 1 }) });
    await asking(client);
    const found = await thrown(asking(client));
    expect(found).toBeInstanceOf(OpenAI.RateLimitError);
    expect(found.code).toBe("rate_limited");
    expect(Number(found.headers?.get("retry-after"))).toBeGreaterThan(50);
  });

  test("after a 429 of the provider the SDK waits as Retry-After says and then is answered", async () => {
    const slow = error(429, { message: "Slow.", type: "requests" }, { "retry-after": "1" });
    gateway.upstream.next({ said: slow });
    const startMs = performance.now();
    const from = gateway.upstream.requests.length;
    const completion = await asking(sdk({ maxRetries: 2 }), "throttled");
    expect(completion.choices[0]?.message.content).toBe("Hello from upstream.");
    expect(performance.now() - startMs).toBeGreaterThan(950);
    expect(gateway.upstream.requests.length - from).toBe(2);
  });

  test("5xx is an InternalServerError that the SDK does not retry: everybody was tried", async () => {
    const failing = { said: REFUSALS.serverError };
    gateway.upstream.next(failing, failing);
    const from = gateway.upstream.requests.length;
    const found = await thrown(asking(sdk({ maxRetries: 2 })));
    expect(found).toBeInstanceOf(OpenAI.InternalServerError);
    expect(found).toMatchObject({ status: 502, code: "upstream_error" });
    expect(found.headers?.get("x-should-retry")).toBe("false");
    expect(gateway.upstream.requests.length - from).toBe(2);
  });

  test("a passed deadline is an InternalServerError 504", async () => {
    gateway.upstream.next({ fault: { kind: "silent" } });
    const tokenhub = { policy: { max_latency_ms: 600 } };
    const found = await thrown(asking(sdk(), "gpt", { tokenhub }));
    expect(found).toBeInstanceOf(OpenAI.InternalServerError);
    expect(found).toMatchObject({ status: 504, code: "deadline_exceeded" });
  });

  test("nobody there is an APIConnectionError", async () => {
    const nowhere = new OpenAI({ baseURL: "http://127.0.0.1:9/v1", apiKey: "x", maxRetries: 0 });
    expect(await thrown(asking(nowhere))).toBeInstanceOf(OpenAI.APIConnectionError);
  });

  test("a stream that cannot begin is rejected with the status, not with an event", async () => {
    gateway.upstream.next({ said: REFUSALS.invalid });
    const found = await thrown(asking(sdk(), "gpt", { stream: true }));
    expect(found).toBeInstanceOf(OpenAI.BadRequestError);
    expect(found.param).toBe("temperature");
  });

  test("a stream that breaks in the middle throws after what came, wherever it breaks", async () => {
    for (const frames of [2, 3, 4]) {
      gateway.upstream.next({ fault: { kind: "stall", atByte: bytesOf(frames) } });
      let text = "";
      const found = await thrown(
        (async () => {
          const stream = await sdk().chat.completions.create({
            model: "gpt",
            messages: MESSAGES,
            stream: true,
          });
          for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
        })(),
      );
      expect(text).toBe(["Hello", " from", " upstream."].slice(0, frames - 1).join(""));
      expect(found).toMatchObject({ code: "upstream_error", type: "api_error" });
    }
  });
});
