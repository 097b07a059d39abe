/** What every chat door does before and after the gateway: order of refusals, ids, headers. */
import { expect, test } from "vitest";
import { answering } from "../../fakes/answers.ts";
import { type Isolate, PAIR, startIsolate } from "../../fakes/isolate.ts";

async function post(isolate: Isolate, body: string, headers: Record<string, string> = {}) {
  const response = await isolate.platform.clock.until(
    isolate.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    }),
  );
  const { error } = (await response.clone().json()) as { error?: { code: string } };
  return { response, code: error?.code };
}

const GOOD = JSON.stringify({ model: "one", messages: [{ role: "user", content: "Hello?" }] });

async function started() {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(({ body }) => answering(body));
  return isolate;
}

test.each([
  ["text/plain", "unsupported_media_type"],
  ["application/json; charset=utf-16", "unsupported_media_type"],
  ['application/json; charset="UTF-8"', undefined],
])("content type %s: %s", async (type, code) => {
  expect((await post(await started(), GOOD, { "content-type": type })).code).toBe(code);
});

test("an encoded body is refused before it is read", async () => {
  const { code } = await post(await started(), GOOD, { "content-encoding": "gzip" });
  expect(code).toBe("unsupported_media_type");
});

test("a body that says it is too large is refused without a look at the key", async () => {
  const isolate = await started();
  const headers = { "content-length": String(11 * 1024 * 1024), authorization: "Bearer none" };
  expect((await post(isolate, GOOD, headers)).code).toBe("too_large");
});

test("an answer and an error both carry the id that is in the log", async () => {
  const isolate = await started();
  const good = await post(isolate, GOOD);
  const bad = await post(isolate, GOOD.replace("one", "unknown"));
  const ids = (await isolate.rows()).map(({ id }) => id);
  expect([good, bad].map(({ response }) => response.headers.get("x-tokenhub-request-id"))).toEqual(
    ids,
  );
});

test("the client's own id is kept apart, when it is one", async () => {
  const isolate = await started();
  await post(isolate, GOOD, { "x-client-request-id": "mine-1" });
  await post(isolate, GOOD, { "x-request-id": "with space" });
  const rows = await isolate.rows();
  expect(rows.map(({ clientRequestId }) => clientRequestId)).toEqual(["mine-1", undefined]);
});

test("the rate of a key is told with every answer and with its refusal", async () => {
  const isolate = await started();
  const authorization = `Bearer ${await isolate.addKey({ rpm: 1 })}`;
  const first = await post(isolate, GOOD, { authorization });
  expect(first.response.headers.get("x-ratelimit-remaining-requests")).toBe("0");
  const second = await post(isolate, GOOD, { authorization });
  expect(second.response.status).toBe(429);
  expect(second.response.headers.get("retry-after")).toBe("60");
  expect(isolate.platform.calls).toHaveLength(1);
});

test("a warm request reads nothing from the store and waits for no actor", async () => {
  const isolate = await started();
  await post(isolate, GOOD);
  await isolate.rows();
  const before = new Map(isolate.platform.store.calls);
  for (let n = 0; n < 10; n += 1) await post(isolate, GOOD);
  expect(isolate.platform.store.calls).toEqual(before);
});
