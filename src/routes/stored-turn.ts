/** Requests that go on from a stored answer, or whose own answer is stored for a later one. */
import { handle } from "../gateway.ts";
import type { Gateway } from "../isolate.ts";
import type { Source } from "../platform.ts";
import type { GatewayReply, GatewayRequest } from "../request.ts";
import { recall, remember } from "../stored-responses.ts";
import { createSseDecoder } from "../wire/sse.ts";
import type { TurnAnswer } from "../wire/turns.ts";

/**
 * The request with all turns before it, answered; a good answer is stored before its client sees the end of it, so
 * that the next turn finds it.
 * @throws as `handle`; TokenhubError previous_response_not_found; vault_sealed, vault_uninitialised: nothing can be
 * stored, and nobody was asked.
 */
export async function handleTurn(gateway: Gateway, asked: GatewayRequest): Promise<GatewayReply> {
  const { platform } = gateway;
  const { key, request } = asked;
  const { turn } = request;
  const { turns } = asked.wire;
  if (!turn || !turns) return handle(gateway, asked);
  const { previousId, isKept } = turn;
  // Nothing is sealed with it: it says why nothing could be.
  if (isKept) await platform.vault.sealText("", "stored-response");
  const earlier =
    previousId === undefined
      ? []
      : await recall(platform, { keyId: key.id, responseId: previousId });
  const resumed = earlier.length === 0 ? request : turns.resume(request, earlier);
  const { head, body } = await handle(gateway, { ...asked, request: resumed });
  const keep = async ({ id, items }: TurnAnswer): Promise<void> => {
    const kept = { previousId, items: [...turns.inputOf(request), ...items] };
    const work = remember(platform, { keyId: key.id, responseId: id, turn: kept });
    // It goes on when the client leaves meanwhile.
    platform.defer(work);
    await work;
  };
  if (typeof body === "string") {
    const answer = isKept ? turns.answerOf(body) : undefined;
    if (answer) await keep(answer);
    return { head, body: turns.tell(body, turn) };
  }
  if (!isKept) return { head, body };
  const { sseLineBytesMax: lineBytesMax } = gateway.limits;
  return { head, body: overheard(body, { lineBytesMax, answerOf: turns.streamedOf, keep }) };
}

interface Ear {
  /** Of an event; beyond it the stream is not stored. */
  readonly lineBytesMax: number;
  answerOf(event: { readonly event?: string; readonly data: string }): TurnAnswer | undefined;
  keep(answer: TurnAnswer): Promise<void>;
}

/** The same stream; its answer is kept before its last frames are handed out. */
function overheard(source: Source, { lineBytesMax, answerOf, keep }: Ear): Source {
  const decoder = createSseDecoder({ lineBytesMax });
  let isLost = false;
  const hear = (chunk: Uint8Array): TurnAnswer | undefined => {
    if (isLost) return undefined;
    try {
      for (const event of decoder.push(chunk)) {
        const answer = answerOf(event);
        if (answer) return answer;
      }
    } catch {
      // Larger than what is stored: the client gets it all the same.
      isLost = true;
    }
    return undefined;
  };
  return {
    async read() {
      const chunk = await source.read();
      const answer = chunk && hear(chunk);
      if (answer) await keep(answer);
      return chunk;
    },
    cancel: () => source.cancel(),
  };
}
