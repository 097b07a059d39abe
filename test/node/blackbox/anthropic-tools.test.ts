/** Tools as the Anthropic SDK asks for them: two steps by hand, and its tool runner, in both homes. */
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const MODELS = ["own", "chat", "responses"] as const;
const VERSIONS = ["2023-06-01", "2026-10-21"] as const;
const SCHEMA = { type: "object" as const, properties: { city: { type: "string" } } };
const TOOLS = ["weather", "news"].map((name) => ({ name, input_schema: SCHEMA }));
const ASKED = [{ role: "user" as const, content: "Ask twice: Oslo?" }];
const THREADS = [
  ["refuses", false],
  ["holds", true],
] as const;
const CASES = HOME_NAMES.flatMap((name) => THREADS.map((threads) => [name, ...threads] as const));

describe.each(CASES)("%s, the provider %s threads", (name, _, threads) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} }, threads },
    registry: {
      providers: [
        { id: "own", type: "anthropic", credential_source: "none" },
        { id: "chat" },
        { id: "responses", dialects: ["responses"] },
      ],
      models: MODELS.map((id) => ({
        id,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools"],
      })),
    },
  });
  const sdk = () =>
    new Anthropic({ baseURL: gateway.home.url, apiKey: gateway.home.key, maxRetries: 0 });

  describe.each(MODELS)("model %s", (model) => {
    test.each([false, true])("parallel calls and their results, streamed: %s", async (isStream) => {
      const asked = { model, max_tokens: 50, messages: ASKED, tools: TOOLS };
      const ask = (fields: typeof asked | Anthropic.MessageCreateParamsNonStreaming) =>
        isStream ? sdk().messages.stream(fields).finalMessage() : sdk().messages.create(fields);
      const first = await ask(asked);
      expect(first.stop_reason).toBe("tool_use");
      const calls = first.content.filter((block) => block.type === "tool_use");
      expect(calls.map((call) => [call.name, call.input])).toEqual([
        ["weather", { city: "Oslo" }],
        ["news", { city: "Oslo" }],
      ]);
      const results = calls.map(({ id }) => ({
        type: "tool_result" as const,
        tool_use_id: id,
        content: "rain",
      }));
      const second = await ask({
        ...asked,
        messages: [
          ...ASKED,
          { role: "assistant", content: first.content },
          { role: "user", content: results },
        ],
      });
      expect(second.stop_reason).toBe("end_turn");
      expect(second.content).toMatchObject([{ type: "text", text: "Hello from upstream." }]);
    });

    test.each(VERSIONS)("the tool runner finishes with version %s", async (version) => {
      for (const stream of [false, true]) {
        const cities: string[] = [];
        const weather = betaZodTool({
          name: "weather",
          description: "Weather of a city",
          inputSchema: z.object({ city: z.string() }),
          run: ({ city }) => {
            cities.push(city);
            return "rain";
          },
        });
        const runner = sdk().beta.messages.toolRunner(
          { model, max_tokens: 50, messages: ASKED, tools: [weather], stream },
          { headers: { "anthropic-version": version } },
        );
        const before = gateway.upstream.requests.length;
        const final = await runner.runUntilDone();
        expect(cities).toEqual(["Oslo"]);
        expect(final.content.at(-1)).toMatchObject({ text: "Hello from upstream." });
        const bodies = gateway.upstream.requests
          .slice(before)
          .map(({ body }) => JSON.parse(body).thread?.type);
        if (model === "own" && threads) expect(bodies).toEqual(["create", "continue"]);
      }
    });
  });
});
