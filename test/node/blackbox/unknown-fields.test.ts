/** What nobody here knows still arrives, in both directions, where client and provider speak one dialect. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { json } from "../../fakes/upstream-chat.ts";
import { SAMPLES } from "../../fakes/wire-samples.ts";

/** Ten raw members, odd on purpose: big integers, escapes, spacing, nesting, names of other dialects. */
const UNKNOWN = [
  '"user_tag":12345678901234567890',
  '"future_number" : 1.50e+2',
  '"future_text":"h\\u00e9 \\ud83d\\ude00 \\/"',
  '"future_null":null',
  '"future_list":[ 1,[2, {"deep":true}] ]',
  '"future_object":{ "a" : {"b":[]} , "c":"" }',
  '"__proto__":{"polluted":true}',
  '"constructor":"x"',
  '"x-vendor.option":false',
  '"größe":"ü"',
] as const;

const DOORS = {
  openai: { path: "/v1/chat/completions", rest: '"messages":[{"role":"user","content":"Hi"' },
  anthropic: {
    path: "/v1/messages",
    rest: '"max_tokens":50,"messages":[{"role":"user","content":"Hi"',
  },
  responses: { path: "/v1/responses", rest: '"input":[{"role":"user","content":"Hi"' },
} as const;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [
        { id: "openai" },
        { id: "anthropic", type: "anthropic", credential_source: "none" },
        { id: "responses", dialects: ["responses"] },
      ],
      models: Object.keys(DOORS).map((id) => ({ id, provider_id: id, upstream_name: "up" })),
    },
  });

  test.each(Object.entries(DOORS))("ten unknown fields of %s", async (dialect, { path, rest }) => {
    const { answer } = SAMPLES[dialect as keyof typeof DOORS];
    gateway.upstream.next({ said: { ...json(200, {}), frames: [answer] } });
    // At the top of the request, and inside a message.
    const body = `{"model":"${dialect}",${UNKNOWN.join(" , ")},${rest},${UNKNOWN.join(",")}}]}`;
    const response = await fetch(`${gateway.home.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": gateway.home.key },
      body,
    });
    const text = await response.text();
    expect([response.status, text]).toEqual([200, text]);
    const sent = gateway.upstream.requests.at(-1)?.body ?? "";
    for (const member of UNKNOWN) expect(sent.split(member).length - 1).toBe(2);
    expect(sent).toContain('"model":"up"');
    expect(response.headers.get("x-tokenhub-dropped")).toBeNull();
    expect(text).toContain('"x":12345678901234567890');
    expect(text).toContain(`"model":"${dialect}"`);
  });
});
