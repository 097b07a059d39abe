/** Requests that hint at a model of a small registry, for the tests of failover. */
import type { Isolate } from "./isolate.ts";

/** A model row at a provider of the same scripted upstream. */
export const model = (id: string, provider: string, rest: object = {}) => ({
  id,
  provider_id: provider,
  upstream_name: "gpt-test",
  ...rest,
});
/** Provider rows by id. */
export const providers = (...ids: readonly string[]) => ids.map((id) => ({ id }));
/** One model at one provider. */
export const ALONE = { providers: providers("a"), models: [model("m", "a")] };

/** Asks for `m` through the envelope, where a hint is tried first and then everything. */
export function hint(isolate: Isolate, policy: object = {}): Promise<Response> {
  const request = { messages: [{ role: "user", content: "Hello?" }], model_hint: "m" };
  return isolate.platform.clock.until(
    isolate.fetch("/v1/chat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ request, policy }),
    }),
  );
}
