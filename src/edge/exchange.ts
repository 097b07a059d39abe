/** One client connection on Workers: Web request in, one Web stream out. */
import { joined } from "../bytes.ts";
import { TokenhubError } from "../errors.ts";
import type { Exchange, Platform, Source } from "../platform.ts";

/** Wraps a Web request; `timer` bounds a slow upload. */
export function edgeExchange(request: Request, timer: Platform["timer"]): Exchange {
  return {
    signal: request.signal,
    peer: undefined,
    header: (name) => request.headers.get(name) ?? undefined,
    receive: (limit) => receive(request, limit, timer),
    reply(head, body) {
      const content = typeof body === "string" ? body : streamOf(body);
      return new Response(content, { status: head.status, headers: head.headers });
    },
  };
}

async function receive(
  request: Request,
  limit: { bytesMax: number; timeoutMs: number },
  timer: Platform["timer"],
): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let late = false;
  const stop = timer(limit.timeoutMs, () => {
    late = true;
    reader.cancel().catch(() => undefined);
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new TokenhubError("timeout");
      if (done) break;
      bytes += value.length;
      if (bytes > limit.bytesMax) {
        reader.cancel().catch(() => undefined);
        throw new TokenhubError("too_large");
      }
      chunks.push(value);
    }
  } catch (error) {
    if (error instanceof TokenhubError) throw error;
    // A cancelled upload may end its pending read either way.
    if (late) throw new TokenhubError("timeout");
    throw new TokenhubError("invalid_json", { detail: "The body ended early." });
  } finally {
    stop();
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : joined(chunks, bytes);
}

/** Pulled one chunk at a time, so that the client's pace reaches the upstream. */
function streamOf(source: Source): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const chunk = await source.read();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        } catch (error) {
          controller.error(error);
        }
      },
      cancel: () => source.cancel(),
    },
    { highWaterMark: 0 },
  );
}
