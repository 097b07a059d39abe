/** Alarms on their way out: who is told, how it is signed, what happens when nobody takes it. */
import { createHmac } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import type { AlertRecord } from "../../src/administration.ts";
import { createChores } from "../../src/chores.ts";
import { answering, failing } from "../fakes/answers.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";

const webhook = (id: string, change: Partial<AlertRecord> = {}): AlertRecord => ({
  id,
  url: `https://${id}.example.com/hook?token=secret`,
  events: [],
  signingSecret: "a signing secret",
  enabled: true,
  ...change,
});

let isolate: Isolate;
let webhooks: AlertRecord[];
beforeEach(async () => {
  isolate = await startIsolate({ registry: PAIR });
  webhooks = [webhook("one")];
  const list = async () => webhooks.map((record) => ({ record, version: 1, managed: "admin" }));
  Object.assign(isolate.platform.admin, { list });
});

const deliver = () => createChores(isolate.gateway).deliver();
const posted = () =>
  isolate.platform.calls
    .filter(({ url }) => url.includes("/hook"))
    .map(({ url, body, headers }) => ({ url, headers, body: JSON.parse(body ?? "{}") }));

test("a rejected key reaches the webhook once, signed, with nothing secret in it", async () => {
  isolate.platform.answer(({ url, body }) =>
    url.includes("/hook") || url.includes("b.example.com") ? answering(body) : failing(401),
  );
  for (let ask = 0; ask < 3; ask += 1) {
    await isolate.platform.clock.until(isolate.ask({ model: "chain" }));
  }
  await deliver();
  await deliver();
  const [first, ...more] = posted();
  expect(more).toEqual([]);
  expect(first?.url).toBe("https://one.example.com/hook?token=secret");
  expect(first?.body).toMatchObject({ event: "credential-rejected", subject: "a/none" });
  const [, seconds, mac] =
    first?.headers["x-tokenhub-signature"]?.match(/^t=(\d+),v1=(\w+)$/) ?? [];
  const text = JSON.stringify(first?.body);
  const expected = createHmac("sha256", "a signing secret").update(`${seconds}.${text}`);
  expect(mac).toBe(expected.digest("hex"));
});

test("an open breaker is told, with provider and model", async () => {
  isolate.platform.answer(({ url, body }) =>
    url.includes("/hook") ? answering(body) : failing(500),
  );
  for (let ask = 0; ask < 5; ask += 1) {
    await isolate.platform.clock.until(isolate.ask({ model: "one" }));
  }
  await deliver();
  expect(posted().map(({ body }) => body.subject)).toContain("a/one");
});

test("only the events that a webhook wants, and none for a disabled one", async () => {
  webhooks = [
    webhook("vault", { events: ["vault-sealed"] }),
    webhook("off", { enabled: false }),
    webhook("plain", { signingSecret: undefined }),
  ];
  isolate.platform.answer(({ body }) => answering(body));
  isolate.gateway.alarms.raise("breaker-open", "p/m");
  await deliver();
  expect(posted().map(({ url }) => new URL(url).hostname)).toEqual(["plain.example.com"]);
  expect(posted()[0]?.headers).not.toHaveProperty("x-tokenhub-signature");
});

test("a webhook that refuses is tried again, and keeps no other from its alarm", async () => {
  webhooks = [webhook("down"), webhook("up")];
  isolate.platform.answer(({ url, body }) =>
    url.includes("down.") ? failing(503) : answering(body),
  );
  isolate.gateway.alarms.raise("budget-80", "key_1/2026-11");
  await deliver();
  await isolate.platform.clock.advance(5_000);
  await deliver();
  const hosts = posted().map(({ url }) => new URL(url).hostname);
  expect(hosts.sort()).toEqual(["down.example.com", "down.example.com", "up.example.com"]);
});

test("a webhook at a private address is not asked unless the deployment lists it", async () => {
  webhooks = [webhook("one", { url: "http://169.254.169.254/hook" })];
  isolate.gateway.alarms.raise("breaker-open", "p/m");
  await deliver();
  expect(posted()).toEqual([]);
});
