/** One stream on its way: what is read when, how it ends, and whose fault that is. */
import { expect, test } from "vitest";
import { AttemptFault, TokenhubError } from "../../src/errors.ts";
import { LIMITS, type Limits } from "../../src/limits.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { createRelay, type RelayEnd } from "../../src/relay.ts";
import { openai } from "../../src/wire/openai/openai.ts";
import { FRAMES } from "../fakes/answers.ts";
import { type HandClock, handClock, quiet } from "../fakes/hand-clock.ts";
import { replyContext } from "../fakes/reply-context.ts";
import { reset, type Step, scriptedSource } from "../fakes/scripted-source.ts";

const decoder = new TextDecoder();

function relayOf(steps: readonly Step[], limits: Partial<Limits> = {}, clock = handClock()) {
  const body = scriptedSource(steps);
  const ends: RelayEnd[] = [];
  const client = new AbortController();
  const relay = createRelay({
    platform: clock,
    limits: { ...LIMITS, ...limits },
    path: openai.openStream(replyContext()),
    faultOf: () => new AttemptFault("transient", "reset"),
    kind: PROVIDERS.openai,
    body,
    requestId: "req_1",
    signal: client.signal,
    sentAtMs: clock.nowMs(),
    onEnd: (end) => void ends.push(end),
  });
  const read = async () => {
    const chunk = await relay.source.read();
    return chunk && decoder.decode(chunk);
  };
  /** All that is left, with the clock helping. */
  const rest = async () => {
    let text = "";
    for (;;) {
      const chunk = await clock.until(read());
      if (chunk === undefined) return text;
      text += chunk;
    }
  };
  return { body, clock, ends, client, relay, read, rest };
}

/** Waits on the clock for as long as a gate says. */
const pause = (clock: HandClock, ms: number) => ({ gate: () => clock.after(ms) });

test("opening reads up to the first content and no further", async () => {
  const { relay, body, read, clock } = relayOf([FRAMES[0], FRAMES[1], FRAMES[2]]);
  await relay.open();
  expect(body.reads()).toBe(2);
  expect(clock.nowMs()).toBe(handClock().nowMs());
  const first = await read();
  expect(first).toContain('"content":"Hello"');
  expect(first).toContain('"role":"assistant"');
  expect(body.reads()).toBe(2);
});

test("a good stream ends once, with what it came to, and the trailer before the terminator", async () => {
  const { relay, ends, rest, body, clock } = relayOf(FRAMES);
  await relay.open();
  relay.beforeTerminator = () => ": trailer\n\n";
  const text = await rest();
  expect(text.endsWith(": trailer\n\ndata: [DONE]\n\n")).toBe(true);
  expect(text).not.toContain("usage");
  expect(ends).toEqual([
    {
      fault: undefined,
      interruption: undefined,
      aborted: false,
      usage: expect.objectContaining({ promptTokens: 9, completionTokens: 12 }),
      finish: "stop",
      outputChars: "Hello there".length,
      ttftMs: 0,
    },
  ]);
  expect(body.ended()).toBe(true);
  expect(clock.pending()).toBe(0);
});

test("after the terminator the upstream may end by itself, with what else it says", async () => {
  const { relay, rest, body } = relayOf([...FRAMES.slice(0, -1), "data: [DONE]\r\n\r", "\n", "\n"]);
  await relay.open();
  await rest();
  expect(body.ended()).toBe(true);
  expect(body.cancelled()).toBe(false);
});

test("an upstream that does not end after its terminator is closed a quarter of a second later", async () => {
  const { relay, rest, body, clock } = relayOf([...FRAMES, "hang"]);
  await relay.open();
  const startMs = clock.nowMs();
  await rest();
  expect(clock.nowMs() - startMs).toBe(250);
  expect(body.cancelled()).toBe(true);
});

test("sixty seconds without an event break it, whatever else the upstream sends", async () => {
  const clock = handClock();
  const comments = Array.from({ length: 9 }, () => [pause(clock, 10_000), ": still here\n\n"]);
  const steps = [FRAMES[1], ...comments.flat()];
  const { relay, rest, ends, body } = relayOf(steps, {}, clock);
  await relay.open();
  const startMs = clock.nowMs();
  const text = await rest();
  expect(clock.nowMs() - startMs).toBe(60_000);
  expect(ends[0]?.fault?.what).toBe("idle-timeout");
  expect(text).toContain('"code":"upstream_error"');
  expect(body.cancelled()).toBe(true);
});

test("events that come in time keep it going for as long as it takes", async () => {
  const clock = handClock();
  const paced = FRAMES.flatMap((frame) => [pause(clock, 59_000), frame]);
  const { relay, rest, ends } = relayOf(paced, {}, clock);
  await clock.until(relay.open());
  expect(await rest()).toContain("[DONE]");
  expect(ends[0]?.fault).toBeUndefined();
});

test("a client that reads late costs the provider nothing", async () => {
  const clock = handClock();
  const [role, first, ...others] = FRAMES;
  const { relay, read, rest, ends } = relayOf(
    [role, first, pause(clock, 40_000), ...others],
    {},
    clock,
  );
  await relay.open();
  await read();
  await clock.advance(40_000);
  expect(await rest()).toContain("[DONE]");
  expect(ends).toMatchObject([{ fault: undefined, aborted: false }]);
});

test("a client that reads nothing for its time is gone: no blame, and no end it could take for a good one", async () => {
  const { relay, read, ends, clock, body } = relayOf(FRAMES, { writeStallMs: 10_000 });
  await relay.open();
  await read();
  await clock.advance(9_999);
  expect(ends).toEqual([]);
  await clock.advance(10_000);
  expect(ends).toMatchObject([{ fault: undefined, aborted: true }]);
  expect(body.cancelled()).toBe(true);
  await expect(read()).rejects.toThrow();
});

test("an interruption sends what came, then its error, and blames nobody", async () => {
  const { relay, rest, ends } = relayOf([FRAMES[1], "hang"]);
  await relay.open();
  const reading = rest();
  await quiet();
  relay.interrupt(new TokenhubError("deadline_exceeded"));
  const text = await reading;
  expect(text).toContain('"content":"Hello"');
  expect(text).toContain('"code":"deadline_exceeded"');
  expect(text).not.toContain("[DONE]");
  expect(ends).toMatchObject([
    { fault: undefined, aborted: false, interruption: { code: "deadline_exceeded" } },
  ]);
});

test("a client that leaves ends it once and closes the upstream", async () => {
  const { relay, read, ends, body } = relayOf([FRAMES[1], "hang"]);
  await relay.open();
  await read();
  const reading = read();
  relay.source.cancel();
  relay.source.cancel();
  expect(await reading).toBeUndefined();
  expect(ends).toMatchObject([{ fault: undefined, aborted: true, outputChars: 5 }]);
  expect(body.cancelled()).toBe(true);
});

test("what breaks because the client has left is not the provider's fault", async () => {
  const { relay, rest, ends, client } = relayOf([FRAMES[1], reset()]);
  await relay.open();
  client.abort();
  await rest();
  expect(ends).toMatchObject([{ fault: undefined, aborted: true }]);
});

test.each([
  ["ended-early", [FRAMES[1], undefined], {}],
  ["reset", [FRAMES[1], reset()], {}],
  ["bad-events", [FRAMES[1], "data: }\n\n".repeat(4)], {}],
  ["stream-too-large", [FRAMES[1], FRAMES[2]], { streamBytesMax: (FRAMES[1] ?? "").length }],
  ["sse-line-too-long", [FRAMES[1], `data: ${"x".repeat(600)}`], { sseLineBytesMax: 512 }],
  ["error-event", [FRAMES[1], 'data: {"error":{"message":"no"}}\n\n'], {}],
] as const)(
  "%s after content: what came, an error event, no terminator",
  async (what, steps, limits) => {
    const { relay, rest, ends, body } = relayOf(steps, limits);
    await relay.open();
    const text = await rest();
    expect(text.match(/^data: /gm)).toHaveLength(2);
    expect(text).toContain('"content":"Hello"');
    expect(text).toContain('"code":"upstream_error"');
    expect(text).not.toContain("[DONE]");
    expect(ends).toHaveLength(1);
    expect(ends[0]?.fault).toMatchObject({ class: "transient", what });
    expect(body.ended() || body.cancelled()).toBe(true);
  },
);

test.each([
  ["empty-stream", ["data: [DONE]\n\n"]],
  ["ended-early", [FRAMES[0], undefined]],
  ["reset", [reset()]],
] as const)("%s before content is thrown and nothing is sent", async (what, steps) => {
  const { relay, ends } = relayOf(steps);
  await expect(relay.open()).rejects.toMatchObject({ class: "transient", what });
  expect(ends).toEqual([]);
});
