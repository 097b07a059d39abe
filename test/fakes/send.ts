/** What suites of the Node transport share: one request to the scripted upstream, and reading it out. */
import { createSend, type Sender } from "../../self-hosted/send.ts";
import { allowsAddress } from "../../src/address.ts";
import type { Source, UpstreamCall } from "../../src/platform.ts";
import type { Upstream } from "./upstream.ts";

/** A sender that may reach what is listed. */
export function senderTo(privateEgress: readonly string[]): Sender {
  return createSend({
    connectTimeoutMs: 2_000,
    isAllowed: (to) => allowsAddress(to, privateEgress),
  });
}

/** A chat request that the upstream accepts. */
export function chatCall(
  upstream: Upstream,
  given: Partial<UpstreamCall> & { stream?: boolean } = {},
): UpstreamCall {
  const { stream, ...rest } = given;
  const messages = [{ role: "user", content: "hi" }];
  return {
    url: `${upstream.baseUrl}/chat/completions`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-test", messages, stream: stream ?? false }),
    signal: new AbortController().signal,
    network: "private",
    ...rest,
  };
}

/** What was read before the source ended or failed. */
export async function drain(body: Source): Promise<{ bytes: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for (let chunk = await body.read(); chunk; chunk = await body.read()) chunks.push(chunk);
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error };
  }
  return { bytes: Buffer.concat(chunks), error: undefined };
}
