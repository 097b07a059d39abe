/**
 * Everything that a client can say, before a provider of every dialect, in both homes: it is told, or the client is
 * told that it was not, or the request is refused by the name of the field and nobody is asked.
 */
import { describe, expect, test } from "vitest";
import { FIELDS, verdict } from "../../../src/wire/fields.ts";
import { CHAT_DOORS, DIALECT_PROVIDERS, DOORS, knock, PAIRS } from "../../fakes/doors.ts";
import { SPECIMENS } from "../../fakes/field-specimens.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { answerOf } from "../../fakes/vendor-answers.ts";

/** Their proofs must have been issued: kept by the round trips of the clients' own tests. */
const PROVEN = [
  "reasoning that the target's dialect has proven",
  "sealed reasoning of the target's dialect",
];

test.each(CHAT_DOORS)("every row of the table that %s can say has a request", (door) => {
  const rows = FIELDS.filter((row) => row.paths[door] !== undefined).map(({ name }) => name);
  const wanted = rows.filter((name) => !PROVEN.includes(name));
  expect(Object.keys(SPECIMENS[door]).sort()).toEqual([...wanted].sort());
});

/** How a proof begins that belongs to another dialect than the one in which it stands. */
const FOREIGN = "thk1.";

/** What no other dialect has, and the answer depends on. */
const NEEDED = {
  openai: { audio: { voice: "alloy", format: "wav" } },
  anthropic: { thread: { type: "create" } },
  responses: { prompt: { id: "pmpt_1" } },
} as const;

/** Whole answers that pass whatever was asked. */
const GOOD = {
  openai: answerOf("openai", { model: "up", text: "Hi" }),
  anthropic: answerOf("anthropic", { model: "up", text: "Hi" }),
  responses: answerOf("responses", { model: "up", text: "Hi" }),
};

/** Names in a comma-separated header. */
function namesIn(header: string | null): readonly string[] {
  return header === null ? [] : header.split(",").map((name) => name.trim());
}

describe.each(HOME_NAMES)("%s", (home) => {
  const gateway = useGateway(home, {
    upstream: { models: { up: {} } },
    registry: {
      providers: DIALECT_PROVIDERS,
      models: DIALECT_PROVIDERS.map(({ id }) => ({
        id: `by-${id}`,
        provider_id: id,
        upstream_name: "up",
        capabilities: ["tools", "vision", "json_schema", "reasoning"],
      })),
    },
  });

  describe.each(PAIRS)("$door before $provider", ({ door, provider }) => {
    const said = FIELDS.filter(({ name }) => Object.hasOwn(SPECIMENS[door], name)).map((row) => {
      return { row, name: row.name, becomes: verdict(row, { from: door, to: provider }) };
    });

    test.each(said)("$name: $becomes", async ({ row, name, becomes }) => {
      const param = row.paths[door] ?? "";
      const members = SPECIMENS[door][name];
      const body = DOORS[door].body({ model: `by-${provider}`, text: "Hi" });
      const before = gateway.upstream.requests.length;
      // What a vendor thinks of its own fields is not the question.
      if (door === provider) gateway.upstream.next({ said: GOOD[provider] });
      const told = await knock(gateway.home, door, { ...body, ...members });
      const asked = gateway.upstream.requests.slice(before);
      if (becomes === "unsupported_parameter") {
        expect([told.status, asked.length], told.text).toEqual([400, 0]);
        expect(refusedParam(door, told.text)).toBe(param);
        return;
      }
      expect([told.status, asked.length], told.text).toEqual([200, 1]);
      const dropped = namesIn(told.headers.get("x-tokenhub-dropped"));
      if (door === provider) {
        const sent = asked[0]?.body ?? "";
        // A proof of another dialect is no vendor's business.
        const isForeign = JSON.stringify(members).includes(FOREIGN);
        expect(dropped).toEqual(isForeign ? [param] : []);
        if (isForeign) expect(sent).not.toContain(FOREIGN);
        else expect(JSON.parse(sent)).toMatchObject(members ?? {});
        return;
      }
      if (becomes === "x-tokenhub-dropped") expect(dropped).toContain(param);
      else expect(dropped).not.toContain(param);
    });

    test("a field that nobody knows is told to the provider, or announced", async () => {
      const body = DOORS[door].body({ model: `by-${provider}`, text: "Hi" });
      if (door === provider) gateway.upstream.next({ said: GOOD[provider] });
      const told = await knock(gateway.home, door, { ...body, future_field: { a: 1 } });
      expect(told.status, told.text).toBe(200);
      const sent = gateway.upstream.requests.at(-1)?.body ?? "";
      const dropped = namesIn(told.headers.get("x-tokenhub-dropped"));
      expect(dropped).toEqual(door === provider ? [] : ["future_field"]);
      expect(sent.includes('"future_field":{"a":1}')).toBe(door === provider);
    });

    if (door === provider) return;
    test("a field that the answer depends on is refused", async () => {
      const [param = ""] = Object.keys(NEEDED[door]);
      const body = DOORS[door].body({ model: `by-${provider}`, text: "Hi" });
      const before = gateway.upstream.requests.length;
      const told = await knock(gateway.home, door, { ...body, ...NEEDED[door] });
      expect([told.status, refusedParam(door, told.text)]).toEqual([400, param]);
      expect(gateway.upstream.requests).toHaveLength(before);
    });
  });
});

/** Which field an `unsupported_parameter` names, in the door's own shape. */
function refusedParam(door: string, text: string): string | undefined {
  const { error } = JSON.parse(text);
  if (door !== "anthropic") return error.code === "unsupported_parameter" ? error.param : text;
  return /^(.+?): No candidate can honour this parameter\./.exec(error.message)?.[1] ?? text;
}
