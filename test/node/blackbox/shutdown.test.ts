/** How the self-hosted gateway ends: answers first, then connections. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { clientOf, eventsOf, saying, spoken } from "../../fakes/client.ts";
import { HOMES } from "../../fakes/homes.ts";
import { rowsOf } from "../../fakes/registry.ts";
import { startUpstream } from "../../fakes/upstream.ts";

/** Below the time that open answers are given. */
const SOON_MS = 15_000;

async function started() {
  const upstream = await startUpstream();
  const home = await HOMES.node({
    rows: rowsOf({
      providers: [{ id: "one", type: "openai", base_url: upstream.baseUrl }],
      models: [{ id: "gpt-test", provider_id: "one" }],
    }),
  });
  return { home, upstream };
}

test("connections without a request do not hold up the end", { timeout: SOON_MS }, async () => {
  const { home, upstream } = await started();
  const unused = connect(Number(new URL(home.url).port), "127.0.0.1");
  const left = once(unused, "close");
  await once(unused, "connect");
  await clientOf(home).get("/healthz");
  await home.stop();
  await left;
  await upstream.close();
});

test("a stream in work comes to its own end first", { timeout: SOON_MS }, async () => {
  const { home, upstream } = await started();
  upstream.next({ text: "One two.", fault: { kind: "trickle", everyMs: 1 } });
  const response = await fetch(`${home.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${home.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-test", stream: true, messages: saying("Hello?") }),
  });
  const stopped = home.stop();
  const events = eventsOf(await response.text());
  expect(spoken(events)).toBe("One two.");
  expect(events.at(-1)?.data).toBe("[DONE]");
  await stopped;
  await expect(fetch(`${home.url}/healthz`)).rejects.toThrow();
  await upstream.close();
});
