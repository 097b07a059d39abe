/** Every door before a provider of every dialect, in both homes: what is said arrives, and what is answered comes back. */
import { describe, expect, test } from "vitest";
import { DIALECT_PROVIDERS, DOORS, heard, knock, PAIRS, type Talk } from "../../fakes/doors.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { type Json, listOf } from "../../fakes/upstream-strict.ts";
import { answerOf, cutShort } from "../../fakes/vendor-answers.ts";

const SAID = "Hello from upstream.";
/** What each scripted vendor counts for any answer. */
const USAGE = { input: 9, output: 12 };
const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const DATA_URL = `data:image/png;base64,${PNG}`;
const WEB_URL = "https://pictures.example/fjord.png";

/** Dialect → how its vendor is shown the two pictures. */
const PICTURES = {
  openai: [
    { type: "image_url", image_url: { url: DATA_URL } },
    { type: "image_url", image_url: { url: WEB_URL } },
  ],
  anthropic: [
    { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
    { type: "image", source: { type: "url", url: WEB_URL } },
  ],
  responses: [
    { type: "input_image", image_url: DATA_URL },
    { type: "input_image", image_url: WEB_URL },
  ],
} as const;

/** Dialect → id and text of every result that its vendor is told. */
const RESULTS = {
  openai: ({ messages }) =>
    listOf(messages)
      .filter(({ role }) => role === "tool")
      .map(({ tool_call_id, content }) => [tool_call_id, plain(content)]),
  anthropic: ({ messages }) =>
    listOf(messages)
      .flatMap(({ content }) => listOf(content))
      .filter(({ type }) => type === "tool_result")
      .map(({ tool_use_id, content }) => [tool_use_id, plain(content)]),
  responses: ({ input }) =>
    listOf(input)
      .filter(({ type }) => type === "function_call_output")
      .map(({ call_id, output }) => [call_id, plain(output)]),
} as const satisfies Record<string, (body: Json) => unknown>;

/** A text, or the text of parts. */
function plain(content: unknown): unknown {
  return typeof content === "string"
    ? content
    : listOf(content)
        .map(({ text }) => text)
        .join("");
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: DIALECT_PROVIDERS,
      models: DIALECT_PROVIDERS.map(({ id }) => ({
        id: `by-${id}`,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools", "vision"],
      })),
    },
  });

  describe.each(PAIRS)("$door before $provider", ({ door, provider }) => {
    const model = `by-${provider}`;

    describe.each([false, true])("stream %s", (stream) => {
      const ask = async (talk: Omit<Talk, "model" | "stream">) => {
        const told = await knock(gateway.home, door, DOORS[door].body({ ...talk, model, stream }));
        return { told, heard: heard(door, told, stream), sent: sent() };
      };
      const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

      test("text, its end and what it took", async () => {
        const { told, heard } = await ask({ text: "Hello?" });
        expect(heard).toEqual({ model, text: SAID, calls: [], finish: "stop", usage: USAGE });
        expect(gateway.upstream.requests.at(-1)?.path).toBe(DOORS[provider].path);
        expect(told.headers.get("x-tokenhub-dropped")).toBeNull();
        expect(told.headers.get("x-tokenhub-model")).toBe(model);
      });

      test("two calls at once, and their results", async () => {
        const asked = { text: "Call both, twice.", tools: ["weather", "clock"] };
        const { heard } = await ask(asked);
        expect(heard).toMatchObject({ text: "", finish: "calls", usage: USAGE });
        expect(heard.calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
          ["weather", { city: "Oslo" }],
          ["clock", { city: "Oslo" }],
        ]);
        expect(new Set(heard.calls.map(({ id }) => id)).size).toBe(2);
        const answered = heard.calls.map(({ id, name }, index) => {
          return { id, name, input: { city: "Oslo" }, result: index === 0 ? "sunny" : "14:00" };
        });
        const then = await ask({ ...asked, answered });
        expect(then.heard).toMatchObject({ text: SAID, finish: "stop", calls: [] });
        const [first, second] = heard.calls;
        expect(RESULTS[provider](then.sent)).toEqual([
          [first?.id, "sunny"],
          [second?.id, "14:00"],
        ]);
      });

      test("pictures in base64 and by URL", async () => {
        const { sent, heard } = await ask({ text: "What is it?", images: [DATA_URL, WEB_URL] });
        expect(heard.text).toBe(SAID);
        const [turn] = sent.messages ?? sent.input;
        expect(turn.content.slice(1)).toMatchObject(PICTURES[provider]);
        expect(turn.content).toHaveLength(3);
      });

      test("an answer that reached its cap says so", async () => {
        const talk = { model: "up", text: "Hello?", stream };
        gateway.upstream.next({ said: cutShort(provider, answerOf(provider, talk, "Half a")) });
        const { heard } = await ask({ text: "Hello?" });
        expect(heard).toMatchObject({ text: "Half a", finish: "length", usage: USAGE });
      });
    });
  });
});
