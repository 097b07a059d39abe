/**
 * The life of a request, in order: policy, route, attempts, answer, record.
 * Doors hand in what they understood and get back an answer in their own dialect.
 */

import { type Account, createAccount } from "./account.ts";
import { putAway } from "./asks/background.ts";
import { conduct, isConducted } from "./asks/conduct.ts";
import { NO_USAGE } from "./chat.ts";
import { withAttempts } from "./closing.ts";
import { dispatch } from "./dispatch.ts";
import { TokenhubError } from "./errors.ts";
import { heldStream } from "./held-stream.ts";
import type { Gateway } from "./isolate.ts";
import { afford, pay } from "./money.ts";
import type { GatewayReply, GatewayRequest } from "./request.ts";
import { createRouter, deadlineOf, type Router } from "./router.ts";
import { findThread, noteThread, onlyAt } from "./threads.ts";

/** @throws TokenhubError; ClientGone when nobody is there to be answered. */
export async function handle(gateway: Gateway, asked: GatewayRequest): Promise<GatewayReply> {
  const loading = gateway.snapshot.ready();
  if (loading) await loading;
  const account = createAccount(gateway, asked);
  const refuse = (error: unknown): never => {
    account.fail(error);
    throw withAttempts(error, account);
  };
  let router: Router;
  try {
    router = createRouter(gateway, asked);
  } catch (error) {
    return refuse(error);
  }
  const policy = router.policy();
  const { background } = asked;
  if (background) return putAway(gateway, asked, { policy, background }).catch(refuse);
  if (isConducted(asked, policy)) return conduct(gateway, asked, policy);
  try {
    return await answer(gateway, asked, { account, router });
  } catch (error) {
    return refuse(error);
  }
}

/** One ask: the usual way. */
async function answer(
  gateway: Gateway,
  asked: GatewayRequest,
  { account, router }: { readonly account: Account; readonly router: Router },
): Promise<GatewayReply> {
  const place = asked.request.thread ? await findThread(gateway, asked) : undefined;
  let decision = onlyAt(place, router.decide());
  if (decision.ranked.length === 0) decision = await router.wait(decision);
  account.route(router.policy(), decision);
  const again = () => onlyAt(place, router.decide());
  const deadlineMs = deadlineOf(asked, router.policy());
  const paying = pay(gateway, asked, { decision, again, deadlineMs });
  const paid = paying instanceof Promise ? await paying : paying;
  account.pay(router.policy(), paid);
  const endpoint = place?.endpoint;
  const working = dispatch(gateway, asked, {
    ranked: paid.decision.ranked,
    keepOrder: router.keepOrder,
    deadlineMs,
    endpoint,
    signal: asked.exchange.signal,
    afford: (ranked) => afford(gateway, asked, { hold: paid.hold, ranked }),
    onAttempt: (record) => account.attempt(record),
    onStreamEnd: (end) => account.end(end),
  });
  if (!asked.request.facts.stream) {
    const done = await working;
    noteThread(gateway, asked, done);
    const { ranked } = done;
    if (done.answer.kind !== "whole") throw new TokenhubError("internal");
    const { usage, outputChars } = done.answer.facts;
    account.settle({ usage: asked.door.isFree ? NO_USAGE : usage, outputChars });
    const body = asked.door.whole(
      { text: done.answer.text, modelId: ranked.candidate.model.id },
      account,
    );
    return { head: { status: 200, headers: account.headers("application/json") }, body };
  }
  return heldStream(gateway, asked, { account, working });
}
