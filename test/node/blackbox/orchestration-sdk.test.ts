/** `tokenhub/adversarial` through the official SDKs, streamed and with the client's tools, in both homes. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const CRITIQUE = { score: 0.3, attacks: ["No budget."], missing: [], cheap_wins: [] };
const PARAMETERS = { type: "object" as const, properties: { city: { type: "string" } } };
const MODEL = "tokenhub/adversarial";
const SPOKEN = [
  ["Chat Completions", "openai"],
  ["Messages", "anthropic"],
] as const;
const CASES = HOME_NAMES.flatMap((name) => SPOKEN.map((spoken) => [name, ...spoken] as const));

describe.each(CASES)("%s, the author speaks %s", (name, _, type) => {
  const gateway = useGateway(name, {
    upstream: { models: { author: {}, critic: { text: JSON.stringify(CRITIQUE) } } },
    registry: {
      providers: [{ id: "one", type, credential_source: "none" }, { id: "two" }],
      models: [
        { id: "lab/author", provider_id: "one", upstream_name: "author", weight: 6, family: "lab" },
        {
          id: "other/critic",
          provider_id: "two",
          upstream_name: "critic",
          weight: 8,
          family: "other",
        },
      ].map((model) => ({ ...model, capabilities: ["tools"] })),
    },
  });
  const openai = () =>
    new OpenAI({ baseURL: `${gateway.home.url}/v1`, apiKey: gateway.home.key, maxRetries: 0 });
  const anthropic = () =>
    new Anthropic({ baseURL: gateway.home.url, apiKey: gateway.home.key, maxRetries: 0 });
  const tokenhub = { orchestration: { primary_model_id: "lab/author", iterations: 1 } };

  /** Of each body that went upstream from `from` on: who was asked, and whether it had tools. */
  const asked = (from: number) =>
    gateway.upstream.requests.slice(from).map(({ body }) => {
      const { model, tools } = JSON.parse(body);
      return [model, Array.isArray(tools) && tools.length > 0];
    });
  const STAGES = [
    ["author", false],
    ["critic", false],
    ["author", true],
  ];

  test("Chat Completions", async () => {
    const before = gateway.upstream.requests.length;
    const stream = openai().chat.completions.stream({
      model: MODEL,
      messages: [{ role: "user", content: "Weather in Oslo?" }],
      tools: [{ type: "function", function: { name: "weather", parameters: PARAMETERS } }],
      ...{ tokenhub },
    });
    const final = await stream.finalChatCompletion();
    expect(final.model).toBe("lab/author");
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "weather", arguments: '{"city":"Oslo"}' },
    });
    expect(asked(before)).toEqual(STAGES);
  });

  test("Messages", async () => {
    const before = gateway.upstream.requests.length;
    const stream = anthropic().messages.stream({
      model: MODEL,
      max_tokens: 500,
      messages: [{ role: "user", content: "Weather in Oslo?" }],
      tools: [{ name: "weather", input_schema: PARAMETERS }],
      ...{ tokenhub },
    });
    const final = await stream.finalMessage();
    expect(final.model).toBe("lab/author");
    expect(final.stop_reason).toBe("tool_use");
    expect(final.content.at(-1)).toMatchObject({ name: "weather", input: { city: "Oslo" } });
    expect(asked(before)).toEqual(STAGES);
  });

  test("Responses", async () => {
    const before = gateway.upstream.requests.length;
    const stream = openai().responses.stream({
      model: MODEL,
      input: "Weather in Oslo?",
      tools: [{ type: "function", name: "weather", parameters: PARAMETERS, strict: false }],
      ...{ tokenhub },
    });
    const final = await stream.finalResponse();
    expect(final.model).toBe("lab/author");
    expect(final.output.at(-1)).toMatchObject({ type: "function_call", name: "weather" });
    expect(asked(before)).toEqual(STAGES);
  });

  test("a plan that satisfies its critic is told as a stream", async () => {
    const stream = openai().chat.completions.stream({
      model: MODEL,
      messages: [{ role: "user", content: "Weather in Oslo?" }],
      ...{
        tokenhub: {
          orchestration: { ...tokenhub.orchestration, stop_when: { critic_score: 0.2 } },
        },
      },
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe("Hello from upstream.");
    expect(final.choices[0]?.finish_reason).toBe("stop");
  });
});
