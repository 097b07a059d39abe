/**
 * A streamed answer, held back until its first content so that failures stay invisible; when that
 * takes too long, committed and kept alive while candidates are still tried.
 */
import type { Account } from "./account.ts";
import { TokenhubError } from "./errors.ts";
import { type Answered, ClientGone } from "./failover.ts";
import type { Gateway, OpenStream } from "./isolate.ts";
import type { Source } from "./platform.ts";
import type { GatewayReply, GatewayRequest } from "./request.ts";
import { noteThread } from "./threads.ts";

const encoder = new TextEncoder();
const EVENT_STREAM = "text/event-stream; charset=utf-8";

interface Held {
  readonly account: Account;
  /** Settles when a candidate gave its first content, or all failed. */
  readonly working: Promise<Answered>;
}

/** @throws what `working` throws within the time it is held; ClientGone when it came too late. */
export async function heldStream(
  gateway: Gateway,
  asked: GatewayRequest,
  held: Held,
): Promise<GatewayReply> {
  const first = await within(gateway, held.working);
  if (asked.exchange.signal.aborted) {
    // Nobody will read, or cancel, what was opened.
    await giveUp(held.working);
    throw new ClientGone();
  }
  const headers = held.account.headers(EVENT_STREAM);
  if (first) return { head: { status: 200, headers }, body: opened(gateway, asked, held, first) };
  return { head: { status: 200, headers }, body: waiting(gateway, asked, held) };
}

/** The value, or undefined when it is not there after the time a stream is held. */
function within(gateway: Gateway, working: Promise<Answered>): Promise<Answered | undefined> {
  return new Promise((resolve, reject) => {
    const stop = gateway.platform.timer(gateway.limits.holdMs, () => resolve(undefined));
    working.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}

function opened(
  gateway: Gateway,
  asked: GatewayRequest,
  { account }: Held,
  working: Answered,
): Source {
  if (working.answer.kind !== "stream") throw new TokenhubError("internal");
  const { relay } = working.answer;
  gateway.openStreams.set(asked.requestId, relay);
  noteThread(gateway, asked, working);
  const { door } = asked;
  relay.beforeTerminator = () => door.trailer(account);
  return relay.source;
}

/** Signs of life until the answer comes; then the answer, or the dialect's error event. */
function waiting(gateway: Gateway, asked: GatewayRequest, held: Held): Source {
  let inner: Source | undefined;
  let over = false;
  let greeted = false;
  const alive = encoder.encode(asked.wire.aliveFrame);
  const cut = Promise.withResolvers<never>();
  const settled = Promise.race([held.working, cut.promise]);
  // Between two reads nobody listens.
  settled.catch(() => undefined);
  const stream: OpenStream = { interrupt: (error) => cut.reject(error) };
  gateway.openStreams.set(asked.requestId, stream);

  function stop(error: unknown): void {
    over = true;
    void giveUp(held.working);
    if (gateway.openStreams.get(asked.requestId) === stream) {
      gateway.openStreams.delete(asked.requestId);
    }
    held.account.fail(error, true);
  }

  return {
    async read() {
      if (over) return undefined;
      if (inner) return inner.read();
      if (!greeted) {
        greeted = true;
        return alive;
      }
      try {
        const working = await within(gateway, settled);
        if (over) return undefined;
        if (!working) return alive;
        inner = opened(gateway, asked, held, working);
        return inner.read();
      } catch (error) {
        if (over) return undefined;
        stop(error);
        if (error instanceof ClientGone) return undefined;
        const shown = error instanceof TokenhubError ? error : new TokenhubError("internal");
        return encoder.encode(asked.wire.errorFrame(shown, asked.requestId));
      }
    },
    cancel() {
      if (inner) return inner.cancel();
      if (over) return;
      over = true;
      // The attempt that is under way ends with its client, and is told with the rest.
      gateway.platform.defer(giveUp(held.working).then(() => stop(new ClientGone())));
    },
  };
}

/** A stream that opens after all must not stay open. Resolves when the work has come to its end. */
export function giveUp(working: Promise<Pick<Answered, "answer">>): Promise<void> {
  return working.then(
    ({ answer }) => {
      if (answer.kind === "stream") answer.relay.source.cancel();
    },
    () => undefined,
  );
}
