/** Every attempt tells its provider's object exactly one outcome, every request leaves one row in the log. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { UpstreamReply } from "../../src/platform.ts";
import { answering, FRAMES, failing, replying, silent, streaming } from "../fakes/answers.ts";
import { PAIR, startIsolate } from "../fakes/isolate.ts";
import { runs } from "../fakes/long.ts";
import { replyOf, reset, type ScriptedSource, scriptedSource } from "../fakes/scripted-source.ts";
import { json } from "../fakes/upstream-chat.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";

/** Everything that an upstream may do. */
const ANSWERS: Readonly<Record<string, (body: string) => UpstreamReply | Promise<UpstreamReply>>> =
  {
    good: (body) => answering(body),
    "server error": () => failing(503),
    throttle: () => failing(429, { "retry-after": "1" }),
    "long throttle": () => failing(429, { "retry-after": "60" }),
    quota: () => replying(REFUSALS.quota),
    unauthorized: () => replying(REFUSALS.unauthorized),
    overflow: () => replying(REFUSALS.overflow),
    invalid: () => replying(REFUSALS.invalid),
    "no such model": () => failing(404),
    silent: () => silent(),
    refused: () => {
      throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    },
    html: () => replyOf(scriptedSource(["<html>"]), { headers: { "content-type": "text/html" } }),
    "error body that stalls": () => replyOf(scriptedSource(["{", "hang"]), { status: 500 }),
    "answer that stalls": () => streaming(FRAMES[0], FRAMES[1], "hang"),
    "answer that breaks": () => streaming(FRAMES[0], FRAMES[1], reset()),
    "error event": () => streaming(FRAMES[1], 'data: {"error":{"code":"insufficient_quota"}}\n\n'),
    "empty stream": () => streaming("data: [DONE]\n\n"),
    "answer that is none": () => replying(json(200, { choices: [] })),
  };

const scripts = fc.record({
  answers: fc.array(fc.constantFrom(...Object.keys(ANSWERS)), { minLength: 1, maxLength: 6 }),
  stream: fc.boolean(),
  target: fc.constantFrom("chain", "one", "tokenhub/auto"),
  leavesAfterMs: fc.option(fc.constantFrom(0, 1, 200, 15_000, 45_000)),
  deadlineMs: fc.option(fc.constantFrom(1, 300, 12_000, 31_000)),
  seed: fc.nat(),
});

test("one outcome for each attempt and one row for each request, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      const isolate = await startIsolate({ registry: PAIR, seed: script.seed });
      const { platform, gateway } = isolate;
      const sources: ScriptedSource[] = [];
      platform.answer(async ({ body }, index) => {
        const name = script.answers[index % script.answers.length] ?? "good";
        const reply = await ANSWERS[name]?.(body ?? "");
        if (!reply) throw new Error("unknown");
        sources.push(reply.body as ScriptedSource);
        return reply;
      });
      const client = new AbortController();
      if (script.leavesAfterMs !== null) {
        platform.clock.timer(script.leavesAfterMs, () => client.abort());
      }
      const { deadlineMs } = script;
      const policy = deadlineMs === null ? {} : { max_latency_ms: deadlineMs };
      const answered = isolate.ask(
        { model: script.target, stream: script.stream, tokenhub: { policy } },
        { signal: client.signal },
      );
      const response = await platform.clock.until(answered);
      await platform.clock.until(read(response, client.signal));
      await platform.clock.advance(1_000);

      const rows = await isolate.rows();
      expect(rows).toHaveLength(1);
      expect(platform.logged.filter(({ type }) => type === "request-done")).toHaveLength(1);
      const [row] = rows;
      const sent = platform.calls.length;
      expect(row?.attempts).toBe(sent);
      expect(platform.outcomes).toHaveLength(sent);
      expect(sent).toBeLessThanOrEqual(4);
      // What the decision tells of each attempt is what its provider was told.
      const told = JSON.parse(row?.decision ?? "{}").attempts as { result: string }[];
      expect(told.map(({ result }) => result).sort()).toEqual(
        platform.outcomes.map(({ result }) => result).sort(),
      );
      if (row?.status === 499) expect(client.signal.aborted).toBe(true);
      else expect(row?.status).toBe(response.status);
      // Nothing stays open, nothing goes on.
      expect(sources.filter((one) => !one.cancelled() && !one.ended())).toEqual([]);
      expect(gateway.openStreams.size).toBe(0);
      expect(gateway.inFlight.size).toBe(0);
      expect(platform.logged.filter(({ type }) => type === "internal-error")).toEqual([]);
    }),
    { numRuns: runs(300, 5_000) },
  );
}, 300_000);

/** Reads to the end, or until the client leaves. */
async function read(response: Response, signal: AbortSignal): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const leave = () => void reader.cancel().catch(() => undefined);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  for (;;) if ((await reader.read()).done) return;
}
