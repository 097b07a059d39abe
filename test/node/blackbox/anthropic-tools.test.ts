/** Tools as the Anthropic SDK asks for them: by hand, and by its tool runner with and without threads, in both homes. */
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const VERSIONS = ["2023-06-01", "2026-10-21"] as const;
const SCHEMA = { type: "object" as const, properties: { city: { type: "string" } } };
const TOOLS = ["weather", "news"].map((name) => ({ name, input_schema: SCHEMA }));
const ASKED = [{ role: "user" as const, content: "Ask twice: Oslo?" }];

const PROVIDERS = [
  { id: "own", type: "anthropic", credential_source: "none" },
  { id: "chat" },
  { id: "responses", dialects: ["responses"] },
];
const MODELS = PROVIDERS.map(({ id }) => ({
  id,
  provider_id: id,
  upstream_name: "up",
  capabilities: ["tools"],
}));

describe.each([
  ["refused", false],
  ["held", true],
] as const)("threads %s by Anthropic's provider", (_, threads) => {
  describe.each(HOME_NAMES)("%s", (name) => {
    const gateway = useGateway(name, {
      upstream: { models: { up: {} }, threads },
      registry: { providers: PROVIDERS, models: MODELS },
    });
    const sdk = (version: string) =>
      new Anthropic({
        baseURL: gateway.home.url,
        apiKey: gateway.home.key,
        maxRetries: 0,
        defaultHeaders: { "anthropic-version": version },
      });

    describe.each(PROVIDERS.map(({ id }) => id))("provider %s", (model) => {
      test.each([false, true])(
        "two calls at once, then their results; stream: %s",
        async (live) => {
          const messages = sdk(VERSIONS[0]).messages;
          const ask = (asked: Anthropic.MessageParam[]) => {
            const body = { model, max_tokens: 500, tools: TOOLS, messages: asked };
            return live ? messages.stream(body).finalMessage() : messages.create(body);
          };
          const first = await ask(ASKED);
          expect(first.stop_reason).toBe("tool_use");
          const calls = first.content.filter((block) => block.type === "tool_use");
          expect(calls.map((call) => [call.name, call.input])).toEqual(
            TOOLS.map((tool) => [tool.name, { city: "Oslo" }]),
          );
          const results = calls.map((call) => ({
            type: "tool_result" as const,
            tool_use_id: call.id,
            content: "sunny",
          }));
          const last = await ask([
            ...ASKED,
            { role: "assistant", content: first.content },
            { role: "user", content: results },
          ]);
          expect(last.stop_reason).toBe("end_turn");
          expect(last.content).toMatchObject([{ type: "text", text: "Hello from upstream." }]);
        },
      );

      test.each(VERSIONS)("the SDK's tool runner comes to an end; version %s", async (version) => {
        const asked: unknown[] = [];
        const weather = betaZodTool({
          name: "weather",
          description: "Tells the weather.",
          inputSchema: z.object({ city: z.string() }),
          run: (input) => {
            asked.push(input);
            return "sunny";
          },
        });
        const runner = sdk(version).beta.messages.toolRunner({
          model,
          max_tokens: 500,
          messages: [{ role: "user", content: "Weather in Oslo?" }],
          tools: [weather],
        });
        const last = await runner;
        expect(asked).toEqual([{ city: "Oslo" }]);
        expect(last.content).toMatchObject([{ type: "text", text: "Hello from upstream." }]);
      });
    });
  });
});
