/** A streamed request to the chain of `PAIR`, as a door would hand it to the gateway. */
import { unlimitedKey } from "../../src/key.ts";
import type { GatewayRequest } from "../../src/request.ts";
import { documentOf } from "../../src/wire/json.ts";
import { openai } from "../../src/wire/openai/openai.ts";
import type { FakePlatform } from "./platform.ts";

/** `signal` is the client's. */
export function doorRequest(
  platform: FakePlatform,
  { signal }: { signal: AbortSignal },
): GatewayRequest {
  const messages = [{ role: "user", content: "Hello?" }];
  const body = documentOf({ model: "chain", messages, stream: true });
  return {
    exchange: { ...platform.exchange(new Request("http://tokenhub.test"), {}), signal },
    requestId: "req_1",
    startedAtMs: platform.clock.nowMs(),
    key: unlimitedKey(
      { id: "key_1", hash: "hash", last4: "last", key: "" },
      { name: "test", createdAtMs: 1_000 },
    ),
    door: { name: "test", whole: ({ text }) => text, trailer: () => "", stage: () => "" },
    wire: openai,
    request: openai.readRequest(body),
    target: "chain",
    namePins: true,
    policy: { header: undefined, body: undefined },
    defaults: undefined,
    clientRequestId: undefined,
    meta: undefined,
  };
}
