/** Streamed answers of both doors over real HTTP. */
import { describe, expect, test } from "vitest";
import { eventsOf, type StreamEvent, type Summary, saying, spoken } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { say } from "../../fakes/upstream-chat.ts";

const ASKED = { model: "lab/gpt", stream: true, messages: saying("Hello?") };
const TRUTH = "tokenhub model=lab/gpt provider=vendor cost_usd=0.000033";

/** So far goes the upstream's frame with its first word, "Hello". */
const FIRST_WORD_BYTES = say({ model: "gpt-upstream", messages: [], stream: true })
  .frames.slice(0, 2)
  .join("").length;

/** The chunks among the events. */
function chunksOf(events: readonly StreamEvent[]) {
  return events
    .filter(({ name, data }) => name === "message" && data !== "[DONE]")
    .map(({ data }) => JSON.parse(data));
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { "gpt-upstream": { text: "One two three." } } },
    limits: { holdMs: 40, idleMs: 300 },
    registry: {
      providers: [{ id: "vendor" }],
      models: [
        {
          id: "lab/gpt",
          provider_id: "vendor",
          upstream_name: "gpt-upstream",
          input_per_1k: 0.001,
          output_per_1k: 0.002,
        },
      ],
    },
  });
  /** The answer as soon as its head is there. */
  const stream = (signal?: AbortSignal) =>
    fetch(`${gateway.home.url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.home.key}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(ASKED),
      signal,
    });
  const sent = () => JSON.parse(gateway.upstream.requests.at(-1)?.body ?? "{}");

  test("/v1/chat/completions streams chunks, then the truth as a comment, then [DONE]", async () => {
    const { status, headers, text } = await gateway.client.complete(ASKED);
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/event-stream/);
    const events = eventsOf(text);
    expect(spoken(events)).toBe("One two three.");
    expect(events.slice(-2)).toEqual([
      { name: "comment", data: TRUTH },
      { name: "message", data: "[DONE]" },
    ]);
    expect(events.filter(({ name }) => name !== "message")).toHaveLength(1);
  });

  test("headers that left before the end say that the cost is pending", async () => {
    const { headers } = await gateway.client.complete(ASKED);
    expect(headers).toMatchObject({
      "cache-control": "private, no-store",
      "x-tokenhub-model": "lab/gpt",
      "x-tokenhub-provider": "vendor",
      "x-tokenhub-reason": "mode=normal;target=model",
      "x-tokenhub-attempts": "1",
      "x-tokenhub-cost-usd": "pending",
      "x-tokenhub-request-id": headers["x-request-id"],
    });
  });

  test("every chunk names the public model while the upstream has its own name for it", async () => {
    const { text } = await gateway.client.complete(ASKED);
    const chunks = chunksOf(eventsOf(text));
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ id: "chatcmpl-upstream", model: "lab/gpt" });
    }
    expect(sent().model).toBe("gpt-upstream");
    expect(text).not.toContain("gpt-upstream");
  });

  test("usage is always asked for and shown only to who asked", async () => {
    const hidden = await gateway.client.complete(ASKED);
    expect(sent().stream_options).toEqual({ include_usage: true });
    expect(chunksOf(eventsOf(hidden.text)).filter(({ usage }) => usage)).toEqual([]);

    const stream_options = { include_usage: true };
    const shown = await gateway.client.complete({ ...ASKED, stream_options });
    expect(chunksOf(eventsOf(shown.text)).at(-1)).toMatchObject({
      model: "lab/gpt",
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    });
  });

  test("include_decision adds one event before [DONE]", async () => {
    const { text } = await gateway.client.complete({
      ...ASKED,
      tokenhub: { include_decision: true },
    });
    const events = eventsOf(text);
    expect(events.slice(-3).map((event) => event.name)).toEqual([
      "comment",
      "tokenhub.decision",
      "message",
    ]);
    const told: Summary = JSON.parse(events.at(-2)?.data ?? "{}");
    expect(told).toMatchObject({
      negotiated_model: "lab/gpt",
      estimated_cost_usd: 0.000033,
      routing_reason: "mode=normal;target=model",
    });
    expect(sent()).not.toHaveProperty("tokenhub");
  });

  test("/v1/chat streams chunks, then the rest of the envelope, then [DONE]", async () => {
    const { text, headers } = await gateway.client.chat({
      request: { messages: saying("Hello?"), model_hint: "lab/gpt", stream: true },
    });
    const events = eventsOf(text);
    expect(spoken(events)).toBe("One two three.");
    expect(events.at(-1)).toEqual({ name: "message", data: "[DONE]" });
    const told: Summary = JSON.parse(events.at(-2)?.data ?? "{}");
    expect(events.at(-2)?.name).toBe("tokenhub.decision");
    expect(told).toMatchObject({
      request_id: headers["x-tokenhub-request-id"],
      negotiated_model: "lab/gpt",
      estimated_cost_usd: 0.000033,
      decision: {
        attempts: [{ result: "ok", prompt_tokens: 9, completion_tokens: 12 }],
        cost_is_estimate: false,
      },
    });
    expect(told).not.toHaveProperty("response");
  });

  test("a silent stream is committed with comments and pending headers, and told truly at its end", async () => {
    let speak: (value?: unknown) => void = () => undefined;
    gateway.upstream.next({ firstGate: new Promise((resolve) => (speak = resolve)) });
    const response = await stream();
    expect(response.status).toBe(200);
    for (const header of ["model", "provider", "reason", "cost-usd"]) {
      expect(response.headers.get(`x-tokenhub-${header}`)).toBe("pending");
    }
    speak();
    const events = eventsOf(await response.text());
    expect(events[0]).toEqual({ name: "comment", data: "tokenhub" });
    expect(spoken(events)).toBe("Hello from upstream.");
    expect(events.at(-2)).toEqual({ name: "comment", data: TRUTH });
    expect(events.at(-1)?.data).toBe("[DONE]");
  });

  test("a chunk reaches the client while the upstream still waits", async () => {
    gateway.upstream.next({ fault: { kind: "stall", atByte: FIRST_WORD_BYTES } });
    const controller = new AbortController();
    const response = await stream(controller.signal);
    const decoder = new TextDecoder();
    let text = "";
    await expect(async () => {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        if (text.includes("Hello")) controller.abort();
      }
    }).rejects.toThrow("aborted");
    expect(spoken(eventsOf(text))).toBe("Hello");
  });

  test("an upstream cannot choose names or ids of events", async () => {
    const data = JSON.stringify({ id: "1", choices: [{ index: 0, delta: { content: "hi" } }] });
    const wild = `event: tokenhub.decision\nid: 7\nretry: 1\ndata: ${data}\n\n: secret comment\n\ndata: [DONE]\n\n`;
    gateway.upstream.next({ pieces: [new TextEncoder().encode(wild)] });
    const { text } = await gateway.client.complete(ASKED);
    expect(spoken(eventsOf(text))).toBe("hi");
    expect(text).not.toMatch(/^(event|id|retry):|secret/m);
  });

  test("a stream that breaks after content ends with an error event and without [DONE]", async () => {
    gateway.upstream.next({ fault: { kind: "stall", atByte: FIRST_WORD_BYTES } });
    const { status, text } = await gateway.client.complete(ASKED);
    const events = eventsOf(text);
    expect(status).toBe(200);
    expect(spoken(events)).toBe("Hello");
    expect(JSON.parse(events.at(-1)?.data ?? "{}")).toMatchObject({
      error: { code: "upstream_error", type: "api_error", request_id: expect.any(String) },
    });
    expect(text).not.toContain("[DONE]");
  });
});
