/** Control data of ours that is wrong: in the body field, in the header, in the envelope. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { expectRefused, GOOD, GOOD_TEXT, type Sent, STARTS, send } from "../../fakes/refusals.ts";

/** Where a policy can stand → the request that carries this JSON there, and the path of the policy in it. */
const PLACES = {
  "the body": {
    carry: (policy: string): Sent => ({
      body: `${GOOD_TEXT.slice(0, -1)},"tokenhub":{"policy":${policy}}}`,
    }),
    path: "tokenhub.policy",
  },
  "the header": {
    carry: (policy: string): Sent => ({
      headers: { "x-tokenhub-policy": `{"policy":${policy}}` },
    }),
    path: "x-tokenhub-policy.policy",
  },
  "the envelope": {
    carry: (policy: string): Sent => ({
      target: "/v1/chat",
      body: `{"request":{"messages":${JSON.stringify(GOOD.messages)}},"policy":${policy}}`,
    }),
    path: "policy",
  },
} as const;

type Place = keyof typeof PLACES;

const VALUES: readonly (readonly [string, string])[] = [
  ["max_budget_usd", "-1"],
  ["max_budget_usd", "-1e-9"],
  ["max_budget_usd", "100.5"],
  ["max_budget_usd", "1e400"],
  ["max_budget_usd", '"0.7"'],
  ["max_budget_usd", '"NaN"'],
  ["max_budget_usd", "null"],
  ["max_budget_usd", "[1]"],
  ["max_latency_ms", "0"],
  ["max_latency_ms", "-5"],
  ["max_latency_ms", "600001"],
  ["min_weight", "-1"],
  ["min_weight", "11"],
  ["min_weight", "true"],
  ["mode", '"evil"'],
  ["mode", '"constructor"'],
  ["mode", "7"],
  ["pin", '"yes"'],
  ["labels", '"eu"'],
  ["labels.0", '[""]'],
  ["labels.0", '["a;b"]'],
];

const UNKNOWN = ["__proto__", "constructor", "prototype", "toString", "max_budget", "base_url"];

const cases = (Object.keys(PLACES) as Place[]).flatMap((place) => [
  ...VALUES.map(([field, raw]) => ({ place, field, raw, code: "invalid_value" as const })),
  ...UNKNOWN.map((field) => ({
    place,
    field,
    raw: '{"polluted":true}',
    code: "invalid_field" as const,
  })),
]);

const WHOLE: readonly (readonly [string, string, string])[] = [
  ["invalid_value", "x-tokenhub-policy", ""],
  ["invalid_value", "x-tokenhub-policy", "mode=cheap"],
  ["invalid_value", "x-tokenhub-policy", "[]"],
  ["invalid_value", "x-tokenhub-policy", "null"],
  ["invalid_value", "x-tokenhub-policy", '{"policy":{}}, {"policy":{}}'],
  ["invalid_field", "x-tokenhub-policy.__proto__", '{"__proto__":{"polluted":true}}'],
  ["invalid_field", "x-tokenhub-policy.constructor", '{"constructor":{"prototype":{"x":1}}}'],
  ["invalid_value", "x-tokenhub-policy.policy", '{"policy":[]}'],
  ["invalid_value", "x-tokenhub-policy.include_decision", '{"include_decision":1}'],
  ["invalid_value", "x-tokenhub-policy", "[".repeat(8_000)],
];

const ENVELOPES: readonly (readonly [string, string | undefined, string])[] = [
  ["invalid_value", "request", "{}"],
  ["invalid_value", "request", '{"request":null}'],
  ["invalid_value", "request.messages", '{"request":{}}'],
  ["invalid_value", "request.messages", '{"request":{"messages":"x"}}'],
  ["invalid_value", "messages", '{"request":{"messages":[]}}'],
  ["invalid_value", "messages.0", '{"request":{"messages":[1]}}'],
  ["invalid_value", "request.model_hint", '{"request":{"messages":[],"model_hint":1}}'],
  ["invalid_value", "request.stream", '{"request":{"messages":[],"stream":"yes"}}'],
  ["invalid_value", "request.parameters", '{"request":{"messages":[],"parameters":[]}}'],
  ["invalid_value", "request.id", `{"request":{"messages":[],"id":"${"x".repeat(129)}"}}`],
  ["invalid_value", "request.meta.a", '{"request":{"messages":[],"meta":{"a":{}}}}'],
  [
    "invalid_value",
    "request.estimated_input_tokens",
    '{"request":{"messages":[],"estimated_input_tokens":-1}}',
  ],
  ["invalid_value", "request.output_schema", '{"request":{"messages":[],"output_schema":7}}'],
  ["invalid_field", "request.__proto__", '{"request":{"messages":[],"__proto__":{"x":1}}}'],
  ["invalid_field", "__proto__", '{"request":{"messages":[]},"__proto__":{"x":1}}'],
  ["invalid_field", "orchestration.x", '{"request":{"messages":[]},"orchestration":{"x":1}}'],
  ...["0", "6", "2.5", '"2"'].map(
    (bad) =>
      [
        "invalid_value",
        "orchestration.iterations",
        `{"request":{"messages":[]},"orchestration":{"iterations":${bad}}}`,
      ] as const,
  ),
  [
    "invalid_value",
    "output_format.type",
    '{"request":{"messages":[]},"output_format":{"type":"evil"}}',
  ],
  ["invalid_field", undefined, '{"request":{"messages":[]},"a key of the client":1}'],
];

describe.each(STARTS)("%s", (_, start) => {
  const gateway = useGateway(start, {
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt-test", provider_id: "vendor" }],
    },
  });

  test.each(cases)("in $place, $field = $raw is $code", async ({ place, field, raw, code }) => {
    const { carry, path } = PLACES[place];
    const [name, index] = field.split(".");
    const member = JSON.stringify(name);
    const param = [path, name, index].filter((part) => part !== undefined).join(".");
    await expectRefused(gateway, carry(`{${member}:${raw}}`), { code, param });
    expect({}).not.toHaveProperty("polluted");
  });

  test.each(WHOLE)("a header is %s at %s: %j", async (code, param, value) => {
    const headers = { "x-tokenhub-policy": value };
    await expectRefused(gateway, { headers }, { code: code as "invalid_value", param });
  });

  test.each(ENVELOPES)("an envelope is %s at %s: %j", async (code, param, body) => {
    const sent = { target: "/v1/chat", body };
    await expectRefused(gateway, sent, { code: code as "invalid_value", param });
  });

  test.each(["[]", "7", '"x"', "null"])("the body field tokenhub cannot be %s", async (raw) => {
    const body = `${GOOD_TEXT.slice(0, -1)},"tokenhub":${raw}}`;
    await expectRefused(gateway, { body }, { code: "invalid_value", param: "tokenhub" });
  });

  test("a second tokenhub field wins, and neither is forwarded", async () => {
    const twice = (first: string, second: string) =>
      `{"tokenhub":${first},${GOOD_TEXT.slice(1, -1)},"token\\u0068ub":${second}}`;
    const { status } = await send(gateway.home, { body: twice('{"x":1}', "{}") });
    expect(status).toBe(200);
    expect(JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "")).toEqual(GOOD);
    const refused = { code: "invalid_field", param: "tokenhub.x" } as const;
    await expectRefused(gateway, { body: twice("{}", '{"x":1}') }, refused);
  });

  test("prototype keys of the dialect are data: forwarded as they are, touching nothing", async () => {
    const odd = '"metadata":{"__proto__":{"polluted":true},"constructor":{"prototype":{"a":1}}}';
    const { status } = await send(gateway.home, { body: `${GOOD_TEXT.slice(0, -1)},${odd}}` });
    expect(status).toBe(200);
    expect(gateway.upstream.requests.at(-1)?.body).toContain(odd);
    expect({}).not.toHaveProperty("polluted");
  });
});
