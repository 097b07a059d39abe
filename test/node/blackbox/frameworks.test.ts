/** AI SDK and LangChain with nothing changed but base URL and key, in both homes, each before a provider of another dialect and of its own. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ChatAnthropic } from "@langchain/anthropic";
import { ChatOpenAI } from "@langchain/openai";
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const SAID = "Hello from upstream.";
const PROVIDERS = [
  { id: "chat" },
  { id: "messages", type: "anthropic", credential_source: "none" },
  { id: "responses", dialects: ["responses"] },
];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: PROVIDERS,
      models: [
        ...PROVIDERS.map(({ id }) => ({
          id,
          provider_id: id,
          upstream_name: "up",
          capabilities: ["tools", "json_schema", "reasoning"],
        })),
        { id: "vectors", provider_id: "chat", upstream_name: "up", kind: "embedding" },
      ],
    },
  });
  const at = () => ({ baseURL: `${gateway.home.url}/v1`, apiKey: gateway.home.key });

  describe.each(PROVIDERS.map(({ id }) => id))("before provider %s", (model) => {
    const clients = {
      "@ai-sdk/openai, responses": () => createOpenAI(at()).responses(model),
      "@ai-sdk/openai, chat": () => createOpenAI(at()).chat(model),
      "@ai-sdk/anthropic": () => createAnthropic(at())(model),
      "@ai-sdk/openai-compatible": () =>
        createOpenAICompatible({
          ...at(),
          name: "tokenhub",
          includeUsage: true,
          supportsStructuredOutputs: true,
        })(model),
    };

    describe.each(Object.entries(clients))("%s", (client, languageModel) => {
      test("generates, streams, and counts", async () => {
        const whole = await generateText({ model: languageModel(), prompt: "Hello?" });
        expect([whole.text, whole.finishReason]).toEqual([SAID, "stop"]);
        expect(whole.usage.outputTokens).toBe(12);
        const streamed = streamText({ model: languageModel(), prompt: "Hello?" });
        let text = "";
        for await (const part of streamed.textStream) text += part;
        expect([text, await streamed.finishReason]).toEqual([SAID, "stop"]);
        expect((await streamed.usage).outputTokens).toBe(12);
      });

      test.each(["whole", "streamed"])(
        "calls a tool and goes on with its result, %s",
        async (how) => {
          const asked: unknown[] = [];
          const weather = tool({
            description: "Tells the weather.",
            inputSchema: z.object({ city: z.string() }),
            execute: async (input) => {
              asked.push(input);
              return "sunny";
            },
          });
          const given = {
            model: languageModel(),
            prompt: "Weather in Oslo?",
            tools: { weather },
            stopWhen: stepCountIs(3),
          };
          const text =
            how === "whole" ? (await generateText(given)).text : await streamText(given).text;
          expect(asked).toEqual([{ city: "Oslo" }]);
          expect(text).toBe(SAID);
        },
      );

      test("gives an object of the schema asked for", async () => {
        const { output } = await generateText({
          model: languageModel(),
          prompt: "Hello?",
          output: Output.object({ schema: z.looseObject({}) }),
        });
        // Asked through a forced tool, whose arguments the scripted upstream makes up.
        const forced = client === "@ai-sdk/anthropic";
        expect(output).toEqual(forced ? { city: "Oslo" } : { answer: SAID });
      });
    });

    test("LangChain's ChatOpenAI and ChatAnthropic: invoke, stream, tools", async () => {
      const { baseURL, apiKey } = at();
      const chats = [
        new ChatOpenAI({ model, apiKey, configuration: { baseURL }, maxRetries: 0 }),
        new ChatAnthropic({
          model,
          apiKey,
          anthropicApiUrl: gateway.home.url,
          maxRetries: 0,
          maxTokens: 500,
        }),
      ];
      const weather = {
        name: "weather",
        description: "Tells the weather.",
        schema: z.object({ city: z.string() }),
      };
      for (const chat of chats) {
        expect((await chat.invoke("Hello?")).text).toBe(SAID);
        let text = "";
        for await (const chunk of await chat.stream("Hello?")) text += chunk.text;
        expect(text).toBe(SAID);
        const called = await chat.bindTools([weather]).invoke("Weather in Oslo?");
        expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Oslo" } }]);
      }
    });
  });

  test("embeddings come as the client asks for them", async () => {
    const { embeddings } = await embedMany({
      model: createOpenAI(at()).embedding("vectors"),
      values: ["one", "two"],
    });
    expect(embeddings.length).toBe(2);
    expect(embeddings[0]?.every(Number.isFinite)).toBe(true);
  });
});
