/** The edge's transport: one `fetch`, never following a redirect. */
import type { Source, UpstreamCall, UpstreamReply } from "../platform.ts";

/**
 * Performs one upstream call. `network` needs no check here: Workers reach public addresses only
 * (`global_fetch_strictly_public`), and egress.ts has refused everything else by name.
 */
export async function edgeSend(call: UpstreamCall): Promise<UpstreamReply> {
  const response = await fetch(call.url, {
    method: call.method,
    headers: call.headers,
    body: call.body,
    redirect: "manual",
    signal: call.signal,
  });
  return {
    status: response.status,
    // `fetch` has decoded the body already.
    header: (name) =>
      name === "content-encoding" ? undefined : (response.headers.get(name) ?? undefined),
    body: sourceOf(response.body, call.signal),
  };
}

function sourceOf(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): Source {
  if (!body) return { read: async () => undefined, cancel: () => undefined };
  const reader = body.getReader();
  let over = false;
  const cancel = () => {
    if (over) return;
    over = true;
    reader.cancel().catch(() => undefined);
  };
  signal.addEventListener("abort", cancel, { once: true });
  return {
    async read() {
      if (over && signal.aborted) throw new Error("aborted");
      const { done, value } = await reader.read();
      if (done) {
        const cut = over && signal.aborted;
        over = true;
        if (cut) throw new Error("aborted");
        return undefined;
      }
      return value;
    },
    cancel,
  };
}
