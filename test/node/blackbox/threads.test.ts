/** Conversations that live at a provider: whoever answered gets the next message too, or the client is told in the form it falls back on. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { THREADS_BETA } from "../../fakes/upstream-messages.ts";

const said = (content: string) => [{ role: "user", content }];

interface ThreadAnswer {
  readonly id?: string;
  readonly error?: { readonly type: string; readonly details?: { readonly error_code: string } };
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} }, threads: true },
    registry: {
      providers: [
        { id: "native", type: "anthropic", credential_source: "none" },
        { id: "other", type: "anthropic", credential_source: "none" },
        { id: "foreign" },
      ],
      models: [
        { id: "claude", provider_id: "native", upstream_name: "up", weight: 5 },
        { id: "gpt", provider_id: "foreign", upstream_name: "up", weight: 5 },
      ],
      offers: [{ model_id: "claude", provider_id: "other", upstream_name: "up" }],
    },
  });
  const ask = async (model: string, messages: object[], thread: object, stream = false) => {
    const body = { model, max_tokens: 50, messages, thread, stream };
    const reply = await fetch(`${gateway.home.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": gateway.home.key,
        "anthropic-version": "2026-10-21",
        "anthropic-beta": THREADS_BETA,
      },
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    const json = stream && reply.ok ? {} : (JSON.parse(text) as ThreadAnswer);
    const provider = reply.headers.get("x-tokenhub-provider");
    return { status: reply.status, provider, text, json };
  };

  test("a thread goes on where it began, whole or streamed, however often", async () => {
    for (const stream of [false, true]) {
      const first = await ask("claude", said("Hello?"), { type: "create" }, stream);
      expect(first.status).toBe(200);
      let id = stream ? /"id":"(msg_[^"]+)"/.exec(first.text)?.[1] : first.json.id;
      for (const words of ["And then?", "And then?", "And then?"]) {
        const thread = { type: "continue", previous_message_id: id };
        const next = await ask("claude", said(words), thread);
        expect(next).toMatchObject({ status: 200, provider: first.provider });
        id = next.json.id;
      }
    }
  });

  test("the beta and the thread arrive at the provider as they were sent", async () => {
    await ask("claude", said("Hello?"), { type: "create" });
    const asked = gateway.upstream.requests.at(-1);
    expect(asked?.headers).toMatchObject({
      "anthropic-beta": THREADS_BETA,
      "anthropic-version": "2026-10-21",
    });
    expect(JSON.parse(asked?.body ?? "")).toMatchObject({ thread: { type: "create" } });
  });

  test("a message that nobody knows is 404 thread_not_found, and nobody is asked", async () => {
    const before = gateway.upstream.requests.length;
    const thread = { type: "continue", previous_message_id: "msg_unknown" };
    const { status, json } = await ask("claude", said("And?"), thread);
    expect(status).toBe(404);
    expect(json.error).toMatchObject({
      type: "not_found_error",
      details: { error_code: "thread_not_found" },
    });
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test("a provider of another dialect holds none: 400 thread_unsupported_request", async () => {
    const { status, json } = await ask("gpt", said("Hello?"), { type: "create" });
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      type: "invalid_request_error",
      details: { error_code: "thread_unsupported_request" },
    });
  });

  test("a thread without an id to go on from is refused with the path", async () => {
    const { status, text } = await ask("claude", said("Hello?"), { type: "continue" });
    expect(status).toBe(400);
    expect(text).toContain("thread.previous_message_id");
  });
});
