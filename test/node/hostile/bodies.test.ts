/** Bodies that are no request: not JSON, too deep, of wrong types, beyond a bound. */
import { describe, expect, test } from "vitest";
import { saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import {
  expectAlive,
  expectRefused,
  GOOD,
  GOOD_TEXT,
  type Refused,
  STARTS,
  send,
} from "../../fakes/refusals.ts";

const NOT_JSON: readonly (readonly [string, string | Uint8Array])[] = [
  ["nothing", ""],
  ["white space", " \r\n\t"],
  ["null", "null"],
  ["a list", `[${GOOD_TEXT}]`],
  ["a string", '"hello"'],
  ["a number", "12"],
  ["a single quote", "{'model':1}"],
  ["an open object", GOOD_TEXT.slice(0, -1)],
  ["trailing garbage", `${GOOD_TEXT}x`],
  ["two objects", GOOD_TEXT + GOOD_TEXT],
  ["a trailing comma", `${GOOD_TEXT.slice(0, -1)},}`],
  ["a comment", `/**/${GOOD_TEXT}`],
  ["NaN", `${GOOD_TEXT.slice(0, -1)},"temperature":NaN}`],
  ["Infinity", `${GOOD_TEXT.slice(0, -1)},"temperature":-Infinity}`],
  ["a number with leading zero", `${GOOD_TEXT.slice(0, -1)},"temperature":01}`],
  ["a line break in a string", '{"model":"gpt-\ntest","messages":[]}'],
  ["a byte order mark", `\ufeff${GOOD_TEXT}`],
  ["UTF-16", Buffer.from(GOOD_TEXT, "utf16le")],
  ["half a character", Buffer.from('{"model":"\xe9","messages":[]}', "latin1")],
  ["an overlong encoding", Buffer.from('{"model":"\xc0\xaf","messages":[]}', "latin1")],
  ["a surrogate in UTF-8", Buffer.from('{"model":"\xed\xa0\x80","messages":[]}', "latin1")],
];

const CONTENT = [{ role: "user", content: "x" }];
const WRONG: readonly (readonly [string, unknown])[] = [
  ["model", undefined],
  ["model", null],
  ["model", ""],
  ["model", 5],
  ["model", ["gpt-test"]],
  ["messages", undefined],
  ["messages", null],
  ["messages", []],
  ["messages", {}],
  ["messages", "hello"],
  ["messages", Array.from({ length: 2_001 }, () => CONTENT[0])],
  ["messages.0", [null]],
  ["messages.1", [...CONTENT, ["user"]]],
  ["messages.0.role", [{ content: "x" }]],
  ["messages.0.role", [{ role: "root", content: "x" }]],
  ["messages.0.role", [{ role: "__proto__", content: "x" }]],
  ["messages.0.content", [{ role: "user", content: 7 }]],
  ["messages.0.content", [{ role: "user", content: { type: "text" } }]],
  ["stream", "true"],
  ["stream", 1],
  ["stream_options", "include_usage"],
  ["stream_options.include_usage", { include_usage: 1 }],
  ["temperature", "0.7"],
  ["top_p", true],
  ["seed", []],
  ["n", 0],
  ["n", -1],
  ["n", 1.5],
  ["n", 1_000],
  ["n", "2"],
  ["max_tokens", -1],
  ["max_tokens", 0],
  ["max_tokens", 1.5],
  ["max_tokens", 2 ** 53],
  ["max_completion_tokens", "10"],
  ["tools", {}],
  ["functions", "f"],
  ["response_format", "json"],
];

/** The good body with a member in JSON's own spelling. */
function withMember(raw: string): string {
  return `${GOOD_TEXT.slice(0, -1)},${raw}}`;
}

const BAD_VALUES: readonly (readonly [string, string, Refused])[] = [
  ["1e400", withMember('"temperature":1e400'), { code: "invalid_value", param: "temperature" }],
  ["-1e400", withMember('"metadata":{"a":[-1e400]}'), at("metadata.a.0")],
  ["a lone surrogate", withMember('"user":"\\ud800"'), at("user")],
  ["the other half", withMember('"metadata":{"a":"x\\udc00y"}'), at("metadata.a")],
  ["halves in wrong order", withMember('"user":"\\udc00\\ud800"'), at("user")],
  ["a lone surrogate as a key", withMember('"\\ud800":1'), at(undefined)],
  [
    "a lone surrogate in a message",
    '{"messages":[{"content":"\\ud83c"}]}',
    at("messages.0.content"),
  ],
];

function at(param: string | undefined): Refused {
  return { code: "invalid_value", param };
}

/** A member that brings the body to so many levels. */
function nested(levels: number): string {
  return withMember(`"metadata":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}`);
}

const DEEP: readonly (readonly [string, string])[] = [
  ["65 levels", nested(65)],
  ["200 000 levels", nested(200_000)],
  ["200 000 lists that never close", "[".repeat(200_000)],
  ["200 000 objects that never close", '{"a":'.repeat(200_000)],
];

const UNKNOWN_MODELS = [
  "gpt-unknown",
  "GPT-TEST",
  "gpt-test ",
  "../../gpt-test",
  "http://evil.example/",
  "gpt-test\n",
  "gpt-test\u0000",
  "__proto__",
  "constructor",
  "tokenhub/",
  "tokenhub/unknown",
  "x".repeat(257),
  "x".repeat(100_000),
];

describe.each(STARTS)("%s", (_, start) => {
  const gateway = useGateway(start, {
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt-test", provider_id: "vendor" }],
    },
  });

  test.each(NOT_JSON)("a body of %s is invalid_json", async (_what, body) => {
    await expectRefused(gateway, { body }, { code: "invalid_json" });
  });

  test.each(NOT_JSON.slice(0, 4))("the envelope too refuses %s", async (_what, body) => {
    await expectRefused(gateway, { target: "/v1/chat", body }, { code: "invalid_json" });
  });

  test.each(WRONG)("%s = %j is told by its path", async (param, value) => {
    const [field = ""] = param.split(".");
    const body = JSON.stringify({ ...GOOD, [field]: value });
    await expectRefused(gateway, { body }, { code: "invalid_value", param });
  });

  test.each(BAD_VALUES)("%s is told by its path", async (_what, body, refused) => {
    await expectRefused(gateway, { body }, refused);
  });

  test.each(DEEP)("%s are too deep", { timeout: 3_000 }, async (_what, body) => {
    await expectRefused(gateway, { body }, { code: "json_too_deep" });
    await expectRefused(gateway, { target: "/v1/chat", body }, { code: "json_too_deep" });
  });

  test("64 levels and 2 000 messages are not too many", async () => {
    const messages = Array.from({ length: 2_000 }, () => CONTENT[0]);
    expect((await send(gateway.home, { body: nested(64) })).status).toBe(200);
    expect((await send(gateway.home, { body: JSON.stringify({ ...GOOD, messages }) })).status).toBe(
      200,
    );
  });

  test.each(UNKNOWN_MODELS)("the model %j does not exist", async (model) => {
    const body = JSON.stringify({ ...GOOD, model });
    await expectRefused(gateway, { body }, { code: "model_not_found", param: "model" });
    const hinted = JSON.stringify({ request: { messages: saying("x"), model_hint: model } });
    const refused = { code: "model_not_found", param: "model" } as const;
    await expectRefused(gateway, { target: "/v1/chat", body: hinted }, refused);
  });

  test("another key's model looks like none at all", async () => {
    const key = await gateway.home.addKey({ allowedModels: ["something-else"] });
    const told = async (model: string, method: "GET" | "POST") => {
      const { status, json } = await send(gateway.home, {
        method,
        target: method === "GET" ? `/v1/models/${model}` : undefined,
        headers: { authorization: `Bearer ${key}` },
        body: method === "GET" ? "" : JSON.stringify({ ...GOOD, model }),
      });
      const { error } = json as { error: Record<string, unknown> };
      return { status, ...error, request_id: undefined };
    };
    const before = gateway.upstream.requests.length;
    for (const method of ["GET", "POST"] as const) {
      const theirs = await told("gpt-test", method);
      expect(theirs).toMatchObject({ status: 404, code: "model_not_found" });
      expect(theirs).toEqual(await told("gpt-nowhere", method));
    }
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test.each(["messages", "model"])("a second %s wins, and only it is checked", async (field) => {
    const first = field === "model" ? '"model":"gpt-unknown"' : '"messages":7';
    const { status } = await send(gateway.home, { body: `{${first},${GOOD_TEXT.slice(1)}` });
    expect(status).toBe(200);
    expect(JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "")).toEqual(GOOD);
    const body = withMember(first.replace("s", "\\u0073").replace("model", "mod\\u0065l"));
    const code = field === "model" ? "model_not_found" : "invalid_value";
    await expectRefused(gateway, { body }, { code, param: field });
  });
});
