/**
 * A streamed answer of several asks: what each stage came to is told while the next is asked, then the final one
 * streams as it comes. Until the first stage is over, a refusal still has a status of its own.
 */
import { TokenhubError } from "../errors.ts";
import { ClientGone } from "../failover.ts";
import { giveUp } from "../held-stream.ts";
import type { Gateway, OpenStream } from "../isolate.ts";
import type { Source } from "../platform.ts";
import type { GatewayReply, GatewayRequest } from "../request.ts";
import { replayFrames } from "../wire/replay.ts";
import type { Given } from "./ask.ts";
import type { Ensemble } from "./ensemble.ts";
import { type Stage, stageEvent } from "./stage.ts";

const encoder = new TextEncoder();
const EVENT_STREAM = "text/event-stream; charset=utf-8";

interface Staged {
  readonly ensemble: Ensemble;
  readonly working: Promise<Given>;
  /** Stops every ask. */
  readonly stop: () => void;
  readonly listen: (listener: (stage: Stage) => void) => void;
}

/** @throws what `working` throws before the first stage is over; ClientGone. */
export async function stagedStream(
  gateway: Gateway,
  asked: GatewayRequest,
  { ensemble, working, stop, listen }: Staged,
): Promise<GatewayReply> {
  const { requestId, door, wire, exchange } = asked;
  let frames = "";
  let arrived = Promise.withResolvers<void>();
  listen((stage) => {
    frames += door.stage(stageEvent(stage));
    arrived.resolve();
  });
  const cut = Promise.withResolvers<never>();
  const settled = Promise.race([working, cut.promise]);
  // Between two reads nobody listens.
  settled.catch(() => undefined);

  /** The answer; undefined: a stage is over; "silent": neither, for as long as a stream may be silent. */
  async function next(): Promise<Given | undefined | "silent"> {
    const silence = Promise.withResolvers<"silent">();
    const stopTimer = gateway.platform.timer(gateway.limits.holdMs, () =>
      silence.resolve("silent"),
    );
    try {
      return await Promise.race([settled, arrived.promise.then(() => undefined), silence.promise]);
    } finally {
      stopTimer();
    }
  }

  let ready = await next();
  if (exchange.signal.aborted) {
    stop();
    await giveUp(working);
    throw new ClientGone();
  }
  let inner: Source | undefined;
  let over = false;
  const stream: OpenStream = {
    interrupt(error) {
      cut.reject(error);
      stop();
    },
  };
  gateway.openStreams.set(requestId, stream);

  function takeFrames(): Uint8Array {
    const bytes = encoder.encode(frames);
    frames = "";
    arrived = Promise.withResolvers();
    return bytes;
  }

  function open(given: Given): Source {
    if (given.answer.kind === "stream") {
      const { relay } = given.answer;
      gateway.openStreams.set(requestId, relay);
      relay.beforeTerminator = () => door.trailer(ensemble);
      return relay.source;
    }
    gateway.openStreams.delete(requestId);
    const { platform } = gateway;
    const told = replayFrames(given.answer.text, {
      wire,
      context: {
        modelId: given.ranked.candidate.model.id,
        usageWanted: asked.request.usageWanted,
        request: asked.request,
        nowMs: platform.nowMs(),
        newId: platform.newId,
      },
    });
    ensemble.settle();
    return once(told.frames + door.trailer(ensemble) + told.terminator);
  }

  function fail(error: unknown): Uint8Array | undefined {
    over = true;
    stop();
    void giveUp(working);
    gateway.openStreams.delete(requestId);
    ensemble.fail(error, true);
    if (error instanceof ClientGone) return undefined;
    const shown = error instanceof TokenhubError ? error : new TokenhubError("internal");
    return encoder.encode(frames + wire.errorFrame(shown, requestId));
  }

  const body: Source = {
    async read() {
      for (;;) {
        if (over) return undefined;
        if (frames !== "") return takeFrames();
        if (inner) return inner.read();
        try {
          if (typeof ready === "object") {
            inner = open(ready);
            continue;
          }
          ready = await next();
        } catch (error) {
          return over ? undefined : fail(error);
        }
        if (ready === "silent") return encoder.encode(wire.aliveFrame);
      }
    },
    cancel() {
      if (over) return;
      over = true;
      gateway.openStreams.delete(requestId);
      if (inner) return inner.cancel();
      stop();
      gateway.platform.defer(giveUp(working));
      ensemble.fail(new ClientGone());
    },
  };
  return { head: { status: 200, headers: ensemble.headers(EVENT_STREAM) }, body };
}

function once(text: string): Source {
  let rest: Uint8Array | undefined = encoder.encode(text);
  return {
    async read() {
      const bytes = rest;
      rest = undefined;
      return bytes;
    },
    cancel() {
      rest = undefined;
    },
  };
}
