/** Every way in which an upstream can be broken before it says something: classed, failed over, recorded. */
import { afterAll, describe, expect, test } from "vitest";
import { startBlurting, startSelfSigned } from "../../fakes/broken-servers.ts";
import { type AttemptTold, eventsOf, type Summary, saying, spoken } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import type { HomeName } from "../../fakes/homes.ts";
import { STARTS } from "../../fakes/refusals.ts";
import { closedPort, startUpstream } from "../../fakes/upstream.ts";
import { frame, json, stream } from "../../fakes/upstream-chat.ts";
import type { Script } from "../../fakes/upstream-script.ts";

const MIB = 1024 * 1024;
const canary = await startUpstream();
const refused = await closedPort();
const selfSigned = await startSelfSigned();
const blurting = {
  smtp: await startBlurting("220 mail.example ESMTP\r\n"),
  headers: await startBlurting(`HTTP/1.1 200 OK\r\nx-bulk: ${"x".repeat(300_000)}\r\n\r\n`),
  lengths: await startBlurting(
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello",
  ),
  nothing: await startBlurting(""),
};
afterAll(async () => {
  await canary.close();
  await selfSigned.close();
  for (const server of Object.values(blurting)) await server.close();
});

/** The attempt's word: the same in both homes, or each home's own (workerd tells less of the network). */
type Word = string | Readonly<Record<HomeName, string>>;
interface Broken {
  readonly name: string;
  /** Where the provider is, if not at the scripted upstream. */
  readonly url?: string;
  readonly script?: Script;
  /** The word when a whole answer was asked for, and when a stream was. */
  readonly whole: Word;
  readonly stream: Word;
  /** Status of the attempt; 0: it never had one. */
  readonly status?: number;
}

const NETWORK = (node: string): Word => ({ node, edge: "network" });
const at = (port: number, scheme = "http") => `${scheme}://127.0.0.1:${port}/v1`;
const both = (word: Word) => ({ whole: word, stream: word });

const UNREACHABLE: readonly Broken[] = [
  { name: "refused", url: at(refused), ...both(NETWORK("connect")) },
  { name: "no-such-name", url: "https://nothing.invalid/v1", ...both(NETWORK("dns")) },
  { name: "tls-to-plain", url: at(canary.port, "https"), ...both(NETWORK("tls")) },
  { name: "self-signed", url: at(selfSigned.port, "https"), ...both(NETWORK("tls")) },
  { name: "smtp", url: at(blurting.smtp.port), ...both(NETWORK("protocol")) },
  {
    name: "bulky-headers",
    url: at(blurting.headers.port),
    // workerd has a larger measure.
    whole: { node: "protocol", edge: "bad-answer" },
    stream: { node: "protocol", edge: "no-event-stream" },
  },
  { name: "two-lengths", url: at(blurting.lengths.port), ...both(NETWORK("protocol")) },
  { name: "hangs-up", url: at(blurting.nothing.port), ...both(NETWORK("reset")) },
];

const SILENT: readonly Broken[] = [
  {
    name: "silent",
    script: { fault: { kind: "silent" } },
    whole: "answer-timeout",
    stream: "first-content-timeout",
  },
  {
    name: "headers-then-silence",
    script: { fault: { kind: "stall", atByte: 0 } },
    whole: "answer-timeout",
    stream: "first-content-timeout",
  },
  {
    name: "trickle",
    script: { fault: { kind: "trickle", everyMs: 50 } },
    whole: "answer-timeout",
    stream: "first-content-timeout",
  },
];

const NONSENSE: readonly Broken[] = [
  {
    name: "html",
    script: { fault: { kind: "html" } },
    whole: "bad-answer",
    stream: "no-event-stream",
  },
  {
    name: "long-line",
    script: { fault: { kind: "long-line", bytes: 10 * MIB } },
    whole: "answer-too-large",
    stream: "sse-line-too-long",
  },
  {
    name: "whitespace",
    script: { fault: { kind: "whitespace" } },
    whole: "answer-too-large",
    stream: "stream-too-large",
  },
  {
    name: "gzip-bomb",
    script: { fault: { kind: "gzip-bomb", bytes: 16 * MIB } },
    whole: { node: "content-encoding", edge: "answer-too-large" },
    stream: { node: "content-encoding", edge: "sse-line-too-long" },
  },
  {
    name: "empty",
    script: { said: { status: 200, headers: {}, frames: [] } },
    whole: "bad-answer",
    stream: "no-event-stream",
  },
  {
    name: "empty-stream",
    script: { said: stream([]) },
    whole: "bad-answer",
    stream: "ended-early",
  },
  {
    name: "only-done",
    script: { said: stream([frame("[DONE]")]) },
    whole: "bad-answer",
    stream: "empty-stream",
  },
  {
    name: "no-choices",
    script: { said: json(200, { id: "1", choices: [] }) },
    whole: "bad-answer",
    stream: "no-event-stream",
  },
  {
    name: "no-choices-stream",
    script: { said: stream([frame('{"choices":[]}'), frame("[DONE]")]) },
    whole: "bad-answer",
    stream: "empty-stream",
  },
  {
    name: "rubbish-events",
    script: { said: stream(Array.from({ length: 5 }, () => frame("{"))) },
    whole: "bad-answer",
    stream: "bad-events",
  },
  {
    name: "no-content",
    script: { said: { status: 204, headers: {}, frames: [] } },
    ...both("error-event"),
    status: 204,
  },
];

const ERRORS_IN_200 = {
  "error-object": { error: { message: "secret", type: "server_error" } },
  "error-string": { error: "secret" },
  "error-detail": { detail: "secret" },
  "error-bare": { object: "error", message: "secret", code: 500 },
} as const;

const SAID_WRONG: readonly Broken[] = Object.entries(ERRORS_IN_200).flatMap(([name, value]) => [
  {
    name,
    script: { said: json(200, value) },
    whole: name === "error-detail" ? "bad-answer" : "error-in-answer",
    stream: "no-event-stream",
  },
  {
    name: `${name}-event`,
    script: { said: stream([frame(JSON.stringify(value))]) },
    whole: "bad-answer",
    stream: "error-event",
  },
]);

const STATUSES: readonly Broken[] = [
  ...[301, 302, 303, 307, 308].map((status) => ({
    name: `redirect-${status}`,
    script: { fault: { kind: "redirect", to: `${canary.baseUrl}/models`, status } } as const,
    ...both("redirect"),
    status,
  })),
  {
    name: "huge-error",
    script: {
      said: json(500, {}),
      fault: { kind: "whitespace" },
    },
    ...both("http-500"),
    status: 500,
  },
];

const ALL = [...UNREACHABLE, ...SILENT, ...NONSENSE, ...SAID_WRONG, ...STATUSES];

describe.each(STARTS)("%s", (home, start) => {
  const gateway = useGateway(start, {
    upstream: {
      models: {
        "gpt-test": {},
        ...Object.fromEntries(ALL.map(({ name, script = {} }) => [name, script])),
      },
    },
    limits: {
      firstContentMs: 2_000,
      wholeAnswerMs: 2_000,
      answerBytesMax: MIB / 2,
      streamBytesMax: MIB / 2,
      sseLineBytesMax: MIB / 8,
    },
    registry: {
      providers: [
        ...ALL.map(({ name }) => ({ id: `steady-${name}` })),
        ...ALL.map(({ name, url }) => ({ id: name, ...(url && { base_url: url }) })),
      ],
      models: ALL.map(({ name }) => ({ id: `lab/${name}` })),
      offers: ALL.flatMap(({ name }) => [
        {
          model_id: `lab/${name}`,
          provider_id: name,
          upstream_name: name,
          input_per_1k: 0,
          output_per_1k: 0,
        },
        {
          model_id: `lab/${name}`,
          provider_id: `steady-${name}`,
          upstream_name: "gpt-test",
          input_per_1k: 1,
          output_per_1k: 1,
        },
      ]),
    },
  });

  /** Cheap comes first, so that the broken provider is always tried before the steady one. */
  const ask = (name: string, stream: boolean) =>
    gateway.client.complete({
      model: `lab/${name}`,
      messages: saying("Hello?"),
      stream,
      tokenhub: { policy: { mode: "cheap" }, include_decision: true },
    });

  const expectAttempts = (
    attempts: readonly AttemptTold[] | undefined,
    broken: Broken,
    word: Word,
  ) => {
    const what = typeof word === "string" ? word : word[home];
    expect(attempts).toMatchObject([
      { provider: broken.name, result: "transient", what },
      { provider: `steady-${broken.name}`, result: "ok", what: "ok", status: 200 },
    ]);
    if (broken.status !== undefined) expect(attempts?.[0]?.status).toBe(broken.status);
  };

  test.concurrent.each(ALL)("$name, whole: the second provider answers", async (broken) => {
    const { status, body, text, headers } = await ask(broken.name, false);
    expect(status, text).toBe(200);
    expect(body.choices[0]?.message.content).toBe("Hello from upstream.");
    expectAttempts(body.tokenhub?.decision.attempts, broken, broken.whole);
    expect(body.tokenhub?.routing_reason).toContain("fallback=transient");
    expect(headers["x-tokenhub-attempts"]).toBe("2");
    expect(text).not.toContain("secret");
  });

  test.concurrent.each(ALL)("$name, streamed: the second provider answers", async (broken) => {
    const { status, text } = await ask(broken.name, true);
    expect(status, text).toBe(200);
    const events = eventsOf(text);
    expect(spoken(events)).toBe("Hello from upstream.");
    expect(events.at(-1)?.data).toBe("[DONE]");
    const told: Summary = JSON.parse(events.at(-2)?.data ?? "{}");
    expectAttempts(told.decision.attempts, broken, broken.stream);
    expect(text).not.toContain("secret");
  });

  test("no more of an endless error is read than is needed to class it", async () => {
    await ask("huge-error", false);
    const asked = gateway.upstream.requests.filter(({ body }) => body.includes('"huge-error"'));
    expect(asked.length).toBeGreaterThan(0);
    for (const { closed, sent } of asked) {
      expect(await closed).toBe(false);
      // What the gateway takes is 64 KiB; the rest is what two sockets hold.
      expect(sent()).toBeLessThan(16 * MIB);
    }
  });
});

test("no redirect was followed, and nothing was said before a certificate was believed", () => {
  expect(canary.requests).toEqual([]);
  expect(selfSigned.received()).toBe(0);
});
