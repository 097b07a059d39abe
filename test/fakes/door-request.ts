/** A streamed request to the chain of `PAIR`, as a door would hand it to the gateway. */
import type { GatewayRequest } from "../../src/request.ts";
import { documentOf } from "../../src/wire/json.ts";
import { openai } from "../../src/wire/openai/openai.ts";
import type { FakePlatform } from "./platform.ts";
import { aKey } from "./records.ts";

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
    key: aKey("key_1", { allowedModels: [], requiredLabels: [], defaultMode: undefined }),
    door: { name: "test", whole: ({ text }) => text, trailer: () => "" },
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
