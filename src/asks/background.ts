/** An orchestration that nobody waits for: put away sealed, taken up by whoever holds its lease, ended sealed. */
import { createAccount } from "../account.ts";
import { actorRef } from "../actors/index.ts";
import { RUN_KEPT_MS, type RunLease } from "../actors/run-state.ts";
import { TokenhubError } from "../errors.ts";
import { ClientGone } from "../failover.ts";
import type { Gateway } from "../isolate.ts";
import type { KeyRecord, Scope } from "../key.ts";
import type { Exchange } from "../platform.ts";
import type { Policy } from "../policy.ts";
import type { Background, GatewayReply, GatewayRequest, Understood } from "../request.ts";
import { createRouter } from "../router.ts";
import { type JsonDocument, parseDocument } from "../wire/json.ts";
import { conduct } from "./conduct.ts";
import { isSealed } from "./journal.ts";
import { openJournal, planTexts } from "./plan-journal.ts";

/** How the envelope is read, as the door reads it. */
export interface PlanDoor {
  readonly scope: Scope;
  readonly understand: (
    document: JsonDocument,
    header: (name: string) => string | undefined,
    key: KeyRecord,
  ) => Understood;
  /** The only header that is kept. */
  readonly policyHeader: string;
}

/** What a plan is made from, as it is kept: JSON. */
interface PlanGiven extends Background {
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  /** Name of the door. */
  readonly door: string;
  readonly pipeline: string;
  readonly startedAtMs: number;
}

/** The text of a plan's end; what `GET /v1/plan/{id}` shows beside its state. */
export type PlanEnd =
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

const encoder = new TextEncoder();

/**
 * Puts the request away to be run, and answers 202.
 * @throws TokenhubError invalid_value: it is no orchestration, or a stream; too_large; vault_sealed,
 * vault_uninitialised: it could not be kept sealed.
 */
export async function putAway(
  gateway: Gateway,
  asked: GatewayRequest,
  { policy, background }: { readonly policy: Policy; readonly background: Background },
): Promise<GatewayReply> {
  const { platform } = gateway;
  const { requestId, clientRequestId, startedAtMs, door, key } = asked;
  const { pipeline } = policy;
  if (pipeline === undefined) {
    throw new TokenhubError("invalid_value", { param: "orchestration.background", detail: ALONE });
  }
  if (asked.request.facts.stream) {
    throw new TokenhubError("invalid_value", { param: "request.stream", detail: NO_STREAM });
  }
  const planId = platform.newId("plan");
  const given: PlanGiven = {
    ...{ requestId, clientRequestId, door: door.name, pipeline, startedAtMs },
    ...background,
  };
  const request = await planTexts(gateway, planId).seal(JSON.stringify(given), "request");
  const createdAtMs = platform.nowMs();
  const expiresAtMs = createdAtMs + RUN_KEPT_MS;
  const isMade = await actorRef(platform.actors, "run", planId).create({
    ...{ planId, keyId: key.id, request, createdAtMs, expiresAtMs },
  });
  if (!isMade) throw new TokenhubError("too_large");
  const headers = {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    "x-request-id": requestId,
    "request-id": requestId,
    "x-tokenhub-request-id": requestId,
    location: `/v1/plan/${planId}`,
  };
  return {
    head: { status: 202, headers },
    body: JSON.stringify({ plan_id: planId, status: "queued" }),
  };
}

const ALONE = "Only an orchestration can run in the background.";
const NO_STREAM = "What runs in the background cannot be streamed.";

/**
 * One attempt at a plan: finished asks are taken from its journal, the others are put, and the end is kept sealed.
 * @throws TokenhubError vault_sealed: it waits for the vault; ClientGone: it is to stop; whatever else makes it try
 * again later.
 */
export async function runPlan(
  gateway: Gateway,
  doors: Readonly<Record<string, PlanDoor>>,
  { lease, signal }: { readonly lease: RunLease; readonly signal: AbortSignal },
): Promise<void> {
  const { platform, snapshot } = gateway;
  const texts = planTexts(gateway, lease.planId);
  const given: PlanGiven = JSON.parse(await texts.open(lease.request, "request"));
  await snapshot.ready();
  const key = (await platform.admin.get("key", lease.keyId))?.record;
  const plan = actorRef(platform.actors, "run", lease.planId);
  const finish = async (status: "done" | "failed", end: PlanEnd | string) => {
    const text = typeof end === "string" ? end : JSON.stringify(end);
    const result = await texts.sealWhenOpen(text, "result", signal);
    return plan.finish(lease.attempt, { status, result }, platform.nowMs());
  };
  const fail = ({ code, message }: TokenhubError) => finish("failed", { error: { code, message } });
  let answer: string;
  try {
    answer = await answered(gateway, { given, key, lease, signal, door: doors[given.door] });
  } catch (error) {
    if (!(error instanceof TokenhubError) || isSealed(error)) throw error;
    await fail(error);
    return;
  }
  const kept = await finish("done", `{"result":${answer}}`);
  if (kept === "full") await fail(new TokenhubError("too_large", { detail: LARGE_ANSWER }));
}

const LARGE_ANSWER = "The answer is larger than a plan can keep.";

interface Attempt {
  readonly given: PlanGiven;
  /** undefined: it is gone. */
  readonly key: KeyRecord | undefined;
  readonly lease: RunLease;
  readonly signal: AbortSignal;
  readonly door: PlanDoor | undefined;
}

/** The body of the answer. @throws as `conduct`. */
async function answered(gateway: Gateway, attempt: Attempt): Promise<string> {
  const { given, key, lease, signal, door } = attempt;
  const { platform, limits } = gateway;
  if (!door || !key) throw new TokenhubError("missing_or_invalid_key");
  const { body, policyHeader, requestId, startedAtMs, pipeline } = given;
  const header = (name: string) => (name === door.policyHeader ? policyHeader : undefined);
  const document = parseDocument(encoder.encode(body), limits);
  const understood = door.understand(document, header, key);
  const asked: GatewayRequest = {
    ...understood,
    ...{ exchange: nobody(signal, header), requestId, startedAtMs, key },
    clientRequestId: given.clientRequestId,
  };
  const policy = policyNow(gateway, asked, door.scope);
  const reply = await conduct(gateway, asked, policy, {
    pipeline,
    journal: await openJournal(gateway, lease, signal),
    seed: Number.parseInt(platform.digest(lease.planId).slice(0, 8), 16),
    goesOn: (error) => goesOn(gateway, lease.planId, error),
  });
  if (typeof reply.body !== "string") throw new TokenhubError("internal");
  return reply.body;
}

/** What the key may do now. @throws TokenhubError, recorded: it may not, or not that model. */
function policyNow(gateway: Gateway, asked: GatewayRequest, scope: Scope): Policy {
  const { key } = asked;
  try {
    const isOver = (key.expiresAtMs ?? Number.POSITIVE_INFINITY) <= gateway.platform.nowMs();
    if (isOver || key.revokedAtMs !== undefined) throw new TokenhubError("missing_or_invalid_key");
    if (!key.scopes.includes(scope)) throw new TokenhubError("insufficient_scope");
    return createRouter(gateway, asked).policy();
  } catch (error) {
    createAccount(gateway, asked).fail(error);
    throw error;
  }
}

/** Is there another attempt after one that ended so? An answer and a refusal are ends, and so is being cancelled. */
async function goesOn({ platform }: Gateway, planId: string, error: unknown): Promise<boolean> {
  if (error instanceof TokenhubError) return isSealed(error);
  if (!(error instanceof ClientGone)) return true;
  const view = await actorRef(platform.actors, "run", planId)
    .view(platform.nowMs())
    .catch(() => undefined);
  return view?.status !== "cancelled";
}

/** The connection of a client that is not there. */
function nobody(signal: AbortSignal, header: Exchange["header"]): Exchange {
  const refuse = () => {
    throw new TokenhubError("internal");
  };
  return { signal, peer: undefined, header, receive: refuse, reply: refuse };
}
