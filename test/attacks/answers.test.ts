/** Answers that are broken, or cut where it hurts, on their way to the client. */
import { describe, expect, test } from "vitest";
import { saying } from "../fakes/client.ts";
import { CHAT_DOORS, DIALECT_PROVIDERS, DOORS, heard, knock, PAIRS } from "../fakes/doors.ts";
import { useGateway } from "../fakes/gateway.ts";
import { heardStream } from "../fakes/heard.ts";
import { HOME_NAMES } from "../fakes/homes.ts";
import { STREAM_ERRORS } from "../fakes/pair-streams.ts";
import { json, type Said, stream } from "../fakes/upstream-chat.ts";
import { answerOf } from "../fakes/vendor-answers.ts";

const PAGE = "<!doctype html><title>planted page</title><p>nginx 1.2.3, upstream 10.0.0.7";
const html = (status: number): Said => ({
  status,
  headers: { "content-type": "text/html" },
  frames: [PAGE],
});
const planted = (type: string) => ({ error: { message: "planted", type } });
const DOWN: readonly (readonly [string, Said])[] = [
  ["529", json(529, planted("overloaded_error"))],
  ["503", json(503, planted("server_error"))],
  ["500", json(500, planted("server_error"))],
  ["502 with a page", html(502)],
  ["503 with a page", html(503)],
  ["504 with a page", html(504)],
  ["520 with a page", html(520)],
];

const BAD_EVENT = 'data: {"x\n\n';
/** Sixty words, one an event in every dialect. */
const WORDS = Array.from({ length: 60 }, (_, at) => `word${at}`).join(" ");
/** Characters of two, three and four bytes, and some that are made of several. */
const WIDE = "Ærøskøbing, Ελλάδα, 漢字かな交じり, 👩🏽‍🚀🇳🇴, e\u0301\u200d.";
const TALK = { model: "up", text: "Hello?", stream: true };

const ENDS = { LF: "\n", "CR LF": "\r\n", CR: "\r" } as const;
const MARKS = { "no mark": "", "a byte order mark": "\ufeff" } as const;
const SPELLINGS = Object.entries(ENDS).flatMap(([end, lineEnd]) =>
  Object.entries(MARKS).map(([begin, mark]) => ({ end, begin, lineEnd, mark })),
);

describe.each(HOME_NAMES)("%s", (home) => {
  const down = DOWN.map(([name], at) => ({ id: `down-${at}`, name }));
  const gateway = useGateway(home, {
    upstream: {
      models: {
        up: {},
        ...Object.fromEntries(DOWN.map(([, said], at) => [`down-${at}`, { said }])),
      },
    },
    registry: {
      providers: [
        ...DIALECT_PROVIDERS,
        ...down.flatMap(({ id }) => [{ id }, { id: `${id}-steady` }, { id: `${id}-alone` }]),
      ],
      models: [
        // A model of its own for each door: breakers are kept by model.
        ...DIALECT_PROVIDERS.flatMap(({ id }) =>
          CHAT_DOORS.flatMap((door) =>
            ["good", "one", "many"].map((kind) => ({
              ...{ id: `${kind}-${door}-by-${id}`, provider_id: id, upstream_name: "up" },
            })),
          ),
        ),
        ...down.map(({ id }) => ({ id })),
        ...down.map(({ id }) => ({
          id: `${id}-alone`,
          provider_id: `${id}-alone`,
          upstream_name: id,
        })),
      ],
      offers: down.flatMap(({ id }) => [
        { model_id: id, provider_id: id, upstream_name: id, input_per_1k: 0, output_per_1k: 0 },
        {
          ...{ model_id: id, provider_id: `${id}-steady`, upstream_name: "up" },
          ...{ input_per_1k: 1, output_per_1k: 1 },
        },
      ]),
    },
  });

  test.each(down)(
    "row 105: after $name the next provider answers, streamed too",
    async ({ id }) => {
      for (const isStream of [false, true]) {
        const before = gateway.upstream.requests.length;
        const body = DOORS.openai.body({ ...TALK, model: id, stream: isStream });
        const told = await knock(gateway.home, "openai", {
          ...body,
          tokenhub: { policy: { mode: "cheap" } },
        });
        expect(heard("openai", told, isStream)).toMatchObject({ text: "Hello from upstream." });
        // The broken one was asked first, once; a breaker that opened meanwhile asks it no more.
        const asked = gateway.upstream.requests
          .slice(before)
          .map(({ body }) => JSON.parse(body).model);
        expect(asked).toEqual(isStream && asked.length === 1 ? ["up"] : [id, "up"]);
        expect(told.text).not.toMatch(/planted|nginx|10\.0\.0\.7/);
      }
    },
  );

  test.each(down)("row 105: of $name alone nothing is forwarded", async ({ id }) => {
    for (const isStream of [false, true]) {
      const asked = { model: `${id}-alone`, messages: saying("Hello?"), stream: isStream };
      const told = await knock(gateway.home, "openai", asked);
      // One that is overloaded is to be asked again later; the others are at fault.
      expect(id === "down-0" ? [429] : [502, 503]).toContain(told.status);
      expect(told.text).toMatch(/^\{"error":/);
      expect(told.text).not.toMatch(/planted|doctype|nginx|10\.0\.0\.7/);
    }
  });

  describe.each(PAIRS)("$provider to $door", ({ door, provider }) => {
    async function ask(kind: string, piece: string) {
      const said = stream([]);
      gateway.upstream.next({
        said,
        pieces: [...Buffer.from(piece)].map((byte) => Uint8Array.of(byte)),
      });
      const model = `${kind}-${door}-by-${provider}`;
      return knock(gateway.home, door, DOORS[door].body({ ...TALK, model }));
    }

    test("row 114: of sixty words around three events that are no JSON all arrive, and the end", async () => {
      const frames = answerOf(provider, TALK, WORDS).frames;
      const middle = Math.floor(frames.length / 2);
      const text = frames
        .map((frame, at) => (at === middle ? BAD_EVENT.repeat(3) + frame : frame))
        .join("");
      const told = await ask("one", text);
      expect(heard(door, told, true)).toMatchObject({ text: WORDS, finish: "stop" });
    });

    test("row 114: beyond three it is an error event", async () => {
      const frames = answerOf(provider, TALK, WORDS).frames;
      const middle = Math.floor(frames.length / 2);
      const text = frames
        .map((frame, at) => (at === middle ? BAD_EVENT.repeat(4) + frame : frame))
        .join("");
      const told = await ask("many", text);
      const { text: came, ended, error } = heardStream(door, told.text);
      expect([WORDS.startsWith(came), came.length > 0, ended]).toEqual([true, true, false]);
      expect(error).toMatchObject(STREAM_ERRORS[door]);
    });

    test.each(SPELLINGS)("row 116: byte by byte, $end, $begin: the same text", async (how) => {
      const frames = answerOf(provider, TALK, WIDE).frames.join("");
      const told = await ask("good", how.mark + frames.replaceAll("\n", how.lineEnd));
      expect(heard(door, told, true)).toMatchObject({ text: WIDE, finish: "stop" });
    });
  });
});
