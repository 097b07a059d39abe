/** The official Anthropic SDK for Node with nothing changed but base URL and key, in both homes, before providers of every dialect. */
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { MESSAGES_REFUSALS } from "../../fakes/upstream-messages.ts";

const MESSAGES = [{ role: "user" as const, content: "Hello?" }];
const FIELDS = { max_tokens: 2048, messages: MESSAGES };
const MODELS = ["own", "chat", "responses"] as const;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    limits: { backoffBaseMs: 5, throttleWaitMs: 500 },
    registry: {
      providers: [
        { id: "own", type: "anthropic", credential_source: "none" },
        { id: "chat" },
        { id: "responses", dialects: ["responses"] },
        { id: "throttling", type: "anthropic", credential_source: "none" },
      ],
      models: [...MODELS, "throttling"].map((id) => ({
        id,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools", "json_schema", "reasoning"],
      })),
    },
  });
  const sdk = (apiKey = gateway.home.key) =>
    new Anthropic({ baseURL: gateway.home.url, apiKey, maxRetries: 0 });
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

  describe.each(MODELS)("provider %s", (model) => {
    test("a message: its text, its model, its usage, the request's id", async () => {
      const message = await sdk().messages.create({ ...FIELDS, model });
      expect(message).toMatchObject({
        type: "message",
        role: "assistant",
        model,
        content: [{ type: "text", text: "Hello from upstream." }],
        stop_reason: "end_turn",
      });
      expect(message.id).toMatch(/^msg_/);
      expect(message._request_id).toMatch(/^req_/);
      const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } =
        message.usage;
      const prompt =
        input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0);
      expect([prompt, output_tokens]).toEqual([9, 12]);
    });

    test("the stream helper puts together what the whole answer says", async () => {
      const stream = sdk().messages.stream({ ...FIELDS, model });
      let text = "";
      stream.on("text", (delta) => {
        text += delta;
      });
      const message = await stream.finalMessage();
      expect(text).toBe("Hello from upstream.");
      expect(message).toMatchObject({
        model,
        content: [{ type: "text", text }],
        stop_reason: "end_turn",
        usage: { output_tokens: 12 },
      });
    });

    test("structured output is parsed by the SDK's own helper", async () => {
      const message = await sdk().messages.parse({
        ...FIELDS,
        model,
        output_config: { format: zodOutputFormat(z.object({ answer: z.string() })) },
      });
      expect(message.parsed_output).toEqual({ answer: "Hello from upstream." });
    });

    test("count_tokens: the provider's own number, or an estimate that says so", async () => {
      const asked = sdk().messages.countTokens({ model, messages: MESSAGES });
      const { data, response } = await asked.withResponse();
      const isEstimate = model !== "own";
      expect(response.headers.get("x-tokenhub-estimated")).toBe(isEstimate ? "true" : null);
      if (isEstimate) expect(data.input_tokens).toBeGreaterThan(0);
      else expect(data.input_tokens).toBe(9);
    });
  });

  test.each(["own", "responses"])(
    "thinking of provider %s survives the next turn",
    async (model) => {
      const tools = [
        { name: "weather", input_schema: { type: "object" as const, properties: {} } },
      ];
      const thinking = { type: "enabled" as const, budget_tokens: 1024 };
      for (const isStream of [false, true]) {
        const asked = { ...FIELDS, model, tools, thinking };
        const first = isStream
          ? await sdk().messages.stream(asked).finalMessage()
          : await sdk().messages.create(asked);
        const [thought, call] = first.content;
        expect(thought).toMatchObject({ type: "thinking" });
        if (call?.type !== "tool_use") throw new Error("no call");
        const results = [{ type: "tool_result" as const, tool_use_id: call.id, content: "rain" }];
        const second = await sdk().messages.create({
          ...asked,
          messages: [
            ...MESSAGES,
            { role: "assistant", content: first.content },
            { role: "user", content: results },
          ],
        });
        expect(second.content.at(-1)).toMatchObject({ text: "Hello from upstream." });
        // The upstream knows its own proofs again, and refuses any other.
        const history = JSON.stringify(sent());
        expect(history).toContain(model === "own" ? '"signature"' : '"encrypted_content"');
        expect(history).not.toContain("thk1.");
      }
    },
  );

  test("models: the list and one of them, in Anthropic's shape", async () => {
    const ids: string[] = [];
    for await (const { id, type } of sdk().models.list()) {
      expect(type).toBe("model");
      ids.push(id);
    }
    expect(ids).toEqual(expect.arrayContaining(["own", "chat", "tokenhub/auto"]));
    expect(await sdk().models.retrieve("own")).toMatchObject({ id: "own", type: "model" });
  });

  test("every error is of the SDK's own class", async () => {
    const ask = (fields: object, apiKey?: string) =>
      sdk(apiKey).messages.create({ ...FIELDS, model: "own", ...fields } as never);
    await expect(ask({}, "sk-not-ours")).rejects.toThrow(Anthropic.AuthenticationError);
    await expect(ask({ model: "no-such" })).rejects.toThrow(Anthropic.NotFoundError);
    await expect(ask({ messages: [] })).rejects.toThrow(Anthropic.BadRequestError);
    const lister = await gateway.home.addKey({ scopes: ["models"] });
    await expect(ask({}, lister)).rejects.toThrow(Anthropic.PermissionDeniedError);
    await expect(sdk().models.retrieve("no/such")).rejects.toThrow(Anthropic.NotFoundError);
  });

  test("a refusal of the provider reaches the client as its own fault, without the vendor's words", async () => {
    for (const model of MODELS) {
      gateway.upstream.next({ said: MESSAGES_REFUSALS.invalid });
      const asked = sdk().messages.create({ ...FIELDS, model });
      const found = await asked.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(found).toBeInstanceOf(Anthropic.BadRequestError);
      expect(found).toMatchObject({ type: "invalid_request_error" });
    }
  });

  test("429 is a RateLimitError that says how long to wait", async () => {
    const { rateLimited } = MESSAGES_REFUSALS;
    gateway.upstream.next({ said: rateLimited }, { said: rateLimited });
    const asked = sdk().messages.create({ ...FIELDS, model: "throttling" });
    const found = await asked.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(found).toBeInstanceOf(Anthropic.RateLimitError);
    const { headers, type } = found as InstanceType<typeof Anthropic.RateLimitError>;
    expect(type).toBe("rate_limit_error");
    expect(Number(headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(headers?.get("x-should-retry")).toBe("true");
  });
});
