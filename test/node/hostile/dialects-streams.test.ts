/** Answers of odd providers of every dialect, through every door: the whole answer, or the door's own error; never half of one. */
import { describe, expect, test } from "vitest";
import {
  CHAT_DOORS,
  type ChatDoor,
  DIALECT_PROVIDERS,
  DOORS,
  heard,
  knock,
  PAIRS,
} from "../../fakes/doors.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { heardStream } from "../../fakes/heard.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { STREAM_ERRORS } from "../../fakes/pair-streams.ts";
import { type Said, stream } from "../../fakes/upstream-chat.ts";
import { answerOf } from "../../fakes/vendor-answers.ts";

const SAID = "Hello from upstream.";
const TALK = { model: "up", text: "Hello?", stream: true };
const CALLING = {
  model: "up",
  text: "Call both, twice.",
  stream: true,
  tools: ["weather", "clock"],
};

const KINDS = ["text", "calls", ...CHAT_DOORS.map((door) => `broken-${door}`)];

type Bend = (frames: readonly string[], provider: ChatDoor) => readonly string[];

const OSLO = '{"city":"Oslo"}';

/** Frames of a good text. */
const TEXT = {
  openai: answerOf("openai", TALK, SAID).frames,
  anthropic: answerOf("anthropic", TALK, SAID).frames,
  responses: answerOf("responses", TALK, SAID).frames,
};

/** A frame that says more, in each dialect. */
const MORE = {
  openai: TEXT.openai[1] ?? "",
  anthropic: TEXT.anthropic.find((frame) => frame.includes("text_delta")) ?? "",
  responses: TEXT.responses.find((frame) => frame.includes("output_text.delta")) ?? "",
};

/** How the dialects' vendors show that they are alive. */
const PING = {
  openai: ": OPENROUTER PROCESSING\n\n",
  anthropic: 'event: ping\ndata: {"type": "ping"}\n\n',
  responses: ": ping\n\n",
};

/** What changes nothing. */
const HARMLESS: Readonly<Record<string, Bend>> = {
  // Right before what matters: the first word, where a stream may begin with it.
  "a byte order mark": (frames, provider) => {
    return [`\ufeff${frames.slice(provider === "openai" ? 1 : 0).join("")}`];
  },
  "CR LF": (frames) => frames.map((frame) => frame.replaceAll("\n", "\r\n")),
  "CR alone": (frames) => frames.map((frame) => frame.replaceAll("\n", "\r")),
  "pings between all events": (frames, provider) =>
    frames.flatMap((frame) => [frame, PING[provider]]),
  "events after the end": (frames, provider) => [
    ...frames,
    MORE[provider],
    MORE[provider],
    ...frames.slice(-2),
  ],
  "one piece": (frames) => [frames.join("")],
  "byte by byte": (frames) => [...frames.join("")],
  "ids, retries and unknown event names": (frames) =>
    frames.map((frame) => `id: 7\nretry: 1\nodd: x\n${frame}`),
};

/** What leaves it open whether all was said. */
const UNFINISHED: Readonly<Record<string, Bend>> = {
  "no terminator": (frames) => frames.slice(0, -1),
  "half a terminator": (frames) => [...frames.slice(0, -1), frames.at(-1)?.slice(0, -1) ?? ""],
  "no end at all": (frames) => frames.slice(0, -4),
};

/** Frames without the numbers of calls, blocks or items. */
function unnumbered(text: string): string {
  return text.includes('"choices"')
    ? text.replaceAll(/("tool_calls":\[\{)"index":\d,/g, "$1")
    : text.replaceAll(/"(output_index|index)":\d,/g, "");
}

function unnamed(text: string): string {
  return text.replaceAll(/"name":"(weather|clock)",?/g, "");
}

/** Without the brace at their end. */
function unclosed(text: string): string {
  return text.replaceAll('\\"Oslo\\"}', '\\"Oslo\\"');
}

function bent(said: Said, bend: (text: string) => string): Said {
  return { ...said, frames: said.frames.map((frame) => bend(frame)) };
}

describe.each(HOME_NAMES)("%s", (home) => {
  const gateway = useGateway(home, {
    upstream: { models: { up: {} } },
    registry: {
      providers: DIALECT_PROVIDERS,
      // A model of its own for each kind of stream: breakers are kept by model.
      models: DIALECT_PROVIDERS.flatMap(({ id }) =>
        KINDS.map((kind) => ({
          id: `${kind}-by-${id}`,
          provider_id: id,
          upstream_name: "up",
          capabilities: ["tools"],
        })),
      ),
    },
  });

  async function ask(door: ChatDoor, model: string, said: Said, isStream = true) {
    gateway.upstream.next({ said });
    const body = DOORS[door].body({ ...CALLING, stream: isStream, model });
    return knock(gateway.home, door, body);
  }

  describe.each(PAIRS)("$provider to $door", ({ door, provider }) => {
    test.each(Object.entries(HARMLESS))("%s: the whole answer", async (_, bend) => {
      const frames = bend(TEXT[provider], provider);
      const told = await ask(door, `text-by-${provider}`, stream(frames));
      expect(heard(door, told, true)).toMatchObject({ text: SAID, finish: "stop" });
    });

    test.each(Object.entries(UNFINISHED))("%s: what came, and an error", async (_, bend) => {
      const frames = bend(TEXT[provider], provider);
      const told = await ask(door, `broken-${door}-by-${provider}`, stream(frames));
      expect(told.status).toBe(200);
      const { text, ended, error, rest } = heardStream(door, told.text);
      expect([SAID.startsWith(text), ended, rest]).toEqual([true, false, []]);
      expect(error).toMatchObject(STREAM_ERRORS[door]);
    });

    if (door === provider) return;

    test.each([false, true])(
      "calls without numbers are told apart, stream %s",
      async (isStream) => {
        const said = bent(answerOf(provider, { ...CALLING, stream: isStream }), unnumbered);
        const told = await ask(door, `calls-by-${provider}`, said, isStream);
        const { calls } = heard(door, told, isStream);
        expect(calls.map(({ name, arguments: input }) => [name, input])).toEqual([
          ["weather", OSLO],
          ["clock", OSLO],
        ]);
        expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      },
    );

    test("arguments that are no JSON arrive as they were streamed", async () => {
      const said = bent(answerOf(provider, CALLING), unclosed);
      const { calls } = heard(door, await ask(door, `calls-by-${provider}`, said), true);
      expect(calls.map((call) => call.arguments)).toEqual([OSLO.slice(0, -1), OSLO.slice(0, -1)]);
    });

    test.each([false, true])(
      "calls without names are asked for again, stream %s",
      async (isStream) => {
        const before = gateway.upstream.requests.length;
        const said = bent(answerOf(provider, { ...CALLING, stream: isStream }), unnamed);
        const told = await ask(door, `broken-${door}-by-${provider}`, said, isStream);
        const { calls } = heard(door, told, isStream);
        expect(calls.map(({ name }) => name)).toEqual(["weather", "clock"]);
        expect(gateway.upstream.requests.slice(before)).toHaveLength(2);
      },
    );
  });
});
