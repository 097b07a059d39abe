/** Embeddings as the official clients ask for them, floats and base64, in both homes. */
import { createOpenAI } from "@ai-sdk/openai";
import { OpenAIEmbeddings } from "@langchain/openai";
import { embedMany } from "ai";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const VECTORS = [
  [1, 0.5, 0.25, 0.125],
  [2, 1, 0.5, 0.25],
];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "vendor" }],
      models: [
        { id: "embed", provider_id: "vendor", upstream_name: "up", kind: "embedding" },
        { id: "gpt", provider_id: "vendor", upstream_name: "up", kind: "chat" },
      ],
    },
  });
  const target = () => ({ baseURL: `${gateway.home.url}/v1`, apiKey: gateway.home.key });
  const sdk = () => new OpenAI({ ...target(), maxRetries: 0 });
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

  test("the OpenAI SDK asks for base64 by itself and decodes it", async () => {
    const answer = await sdk().embeddings.create({ model: "embed", input: ["one", "two"] });
    expect(sent().encoding_format).toBe("base64");
    expect(answer.data.map(({ embedding }) => [...embedding])).toEqual(VECTORS);
    expect(answer).toMatchObject({ model: "embed", usage: { prompt_tokens: 8, total_tokens: 8 } });
  });

  test("floats and base64 are served as asked, dimensions too", async () => {
    for (const encoding_format of ["float", "base64"] as const) {
      const asked = { model: "embed", input: "one", encoding_format, dimensions: 2 };
      const answer = await sdk().embeddings.create(asked);
      const embedding: unknown = answer.data[0]?.embedding;
      if (encoding_format === "float") expect(embedding).toEqual([1, 0.5]);
      else expect(embedding).toBe(Buffer.from(Float32Array.of(1, 0.5).buffer).toString("base64"));
    }
  });

  test("the AI SDK and LangChain get the same vectors", async () => {
    const model = createOpenAI(target()).embedding("embed");
    const { embeddings, usage } = await embedMany({ model, values: ["one", "two"], maxRetries: 0 });
    expect([embeddings, usage.tokens]).toEqual([VECTORS, 8]);
    const { baseURL, apiKey } = target();
    const langchain = new OpenAIEmbeddings({
      model: "embed",
      apiKey,
      maxRetries: 0,
      configuration: { baseURL },
    });
    expect(await langchain.embedDocuments(["one", "two"])).toEqual(VECTORS);
  });

  test("a virtual model, an unknown one, a chat model and no input are refused", async () => {
    const ask = (model: string, input: string | string[] = "one") =>
      sdk().embeddings.create({ model, input });
    await expect(ask("tokenhub/auto")).rejects.toThrow(OpenAI.BadRequestError);
    await expect(ask("no-such")).rejects.toThrow(OpenAI.NotFoundError);
    await expect(ask("gpt")).rejects.toThrow(OpenAI.APIError);
    await expect(ask("embed", [])).rejects.toThrow(OpenAI.BadRequestError);
  });
});
