/** Stored responses as the official OpenAI SDK asks for them, in both homes, before providers of every dialect. */
import OpenAI from "openai";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { askAdmin } from "../../fakes/admin-client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const PASSWORD = "correct horse battery staple";
const MODELS = ["own", "chat", "messages"] as const;
const PLANTED = "Marzipan-4711";
const TOOLS = [
  {
    type: "function" as const,
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
    strict: false,
  },
];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    limits: { backoffBaseMs: 5 },
    registry: {
      providers: [
        { id: "own", dialects: ["responses"] },
        { id: "chat" },
        { id: "messages", type: "anthropic", credential_source: "none" },
      ],
      models: MODELS.map((id) => ({
        ...{ id, provider_id: id, upstream_name: "up", capabilities: ["tools"] },
      })),
    },
  });
  const sdk = (apiKey = gateway.home.key) =>
    new OpenAI({ baseURL: `${gateway.home.url}/v1`, apiKey, maxRetries: 0 });
  type Answered = OpenAI.Responses.Response & { readonly store?: boolean };
  type Fields = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, "stream">;
  const ask = (fields: Fields, isStream = false, apiKey?: string): Promise<Answered> =>
    isStream
      ? sdk(apiKey).responses.stream(fields).finalResponse()
      : sdk(apiKey).responses.create(fields);
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");
  const vault = async (what: string) => {
    const body = what === "lock" ? {} : { admin_password: PASSWORD };
    expect((await askAdmin(gateway.home, `POST /vault/${what}`, { body })).body.error).toBe(
      undefined,
    );
  };

  test("before the vault has a password nothing is stored and nobody is asked", async () => {
    const asks = gateway.upstream.requests.length;
    await expect(ask({ model: "own", input: "Hello?", store: true })).rejects.toMatchObject({
      ...{ status: 409, code: "vault_uninitialised" },
    });
    expect(gateway.upstream.requests.length).toBe(asks);
    expect((await ask({ model: "chat", input: "Hello?" })).store).toBe(false);
  });

  describe("with an open vault", () => {
    beforeAll(async () => {
      await vault("init");
      await vault("unlock");
      const stores = () => ask({ model: "own", input: "Hello?", store: true });
      await vi.waitFor(stores, { timeout: 35_000, interval: 200 });
    }, 40_000);

    describe.each(MODELS)("model %s", (model) => {
      test.each([false, true])(
        "three turns with a call between, streamed: %s",
        async (isStream) => {
          const kept = { model, store: true, tools: TOOLS };
          const first = await ask(
            { ...kept, input: `Oslo? ${PLANTED}`, instructions: "Be brief." },
            isStream,
          );
          expect(first).toMatchObject({ store: true, previous_response_id: null });
          const call = first.output.find((item) => item.type === "function_call");
          const output = {
            ...{ type: "function_call_output" as const, output: "rain" },
            call_id: call?.call_id ?? "",
          };
          const second = await ask(
            { ...kept, input: [output], previous_response_id: first.id },
            isStream,
          );
          expect(second).toMatchObject({ store: true, previous_response_id: first.id });
          expect(second.output_text).toBe("Hello from upstream.");
          const third = await ask(
            { model, input: "And then?", previous_response_id: second.id },
            isStream,
          );
          expect(third).toMatchObject({ store: false, previous_response_id: second.id });
          const body = sent();
          expect(body.previous_response_id).toBe(undefined);
          if (model === "own") expect(body.store).toBe(false);
          const history = JSON.stringify(body);
          expect(history).not.toContain("Be brief.");
          const said = [PLANTED, '"weather"', "rain", "Hello from upstream.", "And then?"];
          const places = said.map((one) => history.indexOf(one));
          expect(places.every((place) => place >= 0)).toBe(true);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
          // The third was not stored.
          await expect(
            ask({ model, input: "Again?", previous_response_id: third.id }),
          ).rejects.toMatchObject({ code: "previous_response_not_found" });
        },
      );
    });

    test("another key finds nothing, and the id that nobody has is refused alike", async () => {
      const { id } = await ask({ model: "own", input: PLANTED, store: true });
      const other = await gateway.home.addKey({});
      const asks = gateway.upstream.requests.length;
      for (const [previous_response_id, key] of [
        [id, other],
        ["resp_nobody", gateway.home.key],
      ] as const) {
        const asked = { model: "own", input: "Hello?", previous_response_id };
        await expect(ask(asked, false, key)).rejects.toMatchObject({
          ...{ status: 400, code: "previous_response_not_found", param: "previous_response_id" },
        });
      }
      expect(gateway.upstream.requests.length).toBe(asks);
    });

    test.each([{ conversation: "conv_1" }, { background: true }])(
      "%j stays refused",
      async (asked) => {
        await expect(ask({ model: "own", input: "Hello?", ...asked })).rejects.toMatchObject({
          ...{ status: 400, code: "unsupported_parameter", param: Object.keys(asked)[0] },
        });
      },
    );

    test("a turn beyond the bound is answered and not stored", async () => {
      const input = "word ".repeat(230_000);
      const large = await ask({ model: "own", input, store: true });
      expect(large.output_text).toBe("Hello from upstream.");
      const next = ask({ model: "own", input: "Hello?", previous_response_id: large.id });
      await expect(next).rejects.toMatchObject({ code: "previous_response_not_found" });
    });

    test.runIf(name === "node")("the database holds no word of it", async () => {
      const { id } = await ask({ model: "own", input: PLANTED, store: true });
      await vi.waitFor(async () => expect(await dump()).toContain(id));
      expect(await dump()).not.toContain(PLANTED);
    });

    test("sealed, nothing is stored and nothing is read", { timeout: 60_000 }, async () => {
      const { id } = await ask({ model: "own", input: "Hello?", store: true });
      await vault("lock");
      const sealed = { status: 503, code: "vault_sealed" };
      const stores = () => ask({ model: "own", input: "Hello?", store: true });
      await vi.waitFor(() => expect(stores()).rejects.toMatchObject(sealed), {
        ...{ timeout: 35_000, interval: 200 },
      });
      const asks = gateway.upstream.requests.length;
      const reads = ask({ model: "own", input: "Hello?", previous_response_id: id });
      await expect(reads).rejects.toMatchObject(sealed);
      expect(gateway.upstream.requests.length).toBe(asks);
    });
  });

  /** Every row of every table, as text. */
  async function dump(): Promise<string> {
    const { sql } = gateway.home;
    const named = "select name from sqlite_master where type = 'table'";
    const tables = await sql.all({ sql: named, params: [] });
    const rows = tables.map(([table]) => sql.all({ sql: `select * from "${table}"`, params: [] }));
    return JSON.stringify(await Promise.all(rows));
  }
});
