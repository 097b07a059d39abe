import { describe, expect, test } from "vitest";
import { readCapped } from "../../../src/egress.ts";
import { createOrigin } from "../../../src/simulated/origin.ts";

async function ask(request: Record<string, unknown>) {
  const { signal } = new AbortController();
  const body = JSON.stringify(request);
  const answer = await createOrigin()({ body, signal }, async () => {});
  return { status: answer.status, text: await readCapped(answer.body, 1e6) };
}

describe("vectors", () => {
  const embed = async (request: Record<string, unknown>) =>
    JSON.parse((await ask({ model: "sim/embed", input: "water", ...request })).text);

  test("are of length 1, eight numbers unless asked otherwise, labelled with the model", async () => {
    const answer = await embed({ input: ["water", "wine"] });
    expect(answer).toMatchObject({
      object: "list",
      model: "sim/embed",
      system_fingerprint: "simulated",
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    expect(answer.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    for (const { embedding } of answer.data) {
      expect(embedding).toHaveLength(8);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    }
    expect((await embed({ dimensions: 3 })).data[0].embedding).toHaveLength(3);
    expect((await embed({ dimensions: 1e9 })).data[0].embedding).toHaveLength(4_096);
  });

  test("are the same for the same text and model, and differ with either", async () => {
    const first = async (request: Record<string, unknown>) =>
      (await embed(request)).data[0].embedding;
    expect(await first({})).toEqual(await first({ user: "someone" }));
    expect(await first({})).toEqual((await embed({ input: ["a", "water"] })).data[1].embedding);
    expect(await first({})).not.toEqual(await first({ input: "wine" }));
    expect(await first({})).not.toEqual(await first({ model: "other" }));
  });

  test("say the same as numbers and as base64 of little-endian floats", async () => {
    const [numbers, text] = [await embed({}), await embed({ encoding_format: "base64" })];
    const bytes = Uint8Array.from(atob(text.data[0].embedding), (one) => one.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const decoded = Array.from({ length: 8 }, (_, at) => view.getFloat32(at * 4, true));
    expect(decoded).toEqual(numbers.data[0].embedding);
  });

  test("of token ids count each id", async () => {
    expect((await embed({ input: [1, 2, 3] })).usage.prompt_tokens).toBe(3);
    const batch = await embed({ input: [[1, 2], [3]] });
    expect(batch.data).toHaveLength(2);
    expect(batch.usage.prompt_tokens).toBe(3);
  });

  test("are not made of what is no input", async () => {
    for (const request of [{ input: 5 }, { input: {} }, { input: "x", messages: "y" }]) {
      expect((await ask(request)).status).toBe(400);
    }
  });
});
