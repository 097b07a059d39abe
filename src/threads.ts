/**
 * Conversations that live at a provider: whoever answered the last message gets the next one too. The one
 * blocking call to an actor that a request may make, and only when it goes on with such a conversation.
 */
import { actorRef } from "./actors/index.ts";
import type { ThreadPlace } from "./actors/threads.ts";
import { threadError } from "./exhausted.ts";
import type { Answered } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import type { GatewayRequest } from "./request.ts";
import type { Decision } from "./routing/decision.ts";

/**
 * Who holds the conversation that this request goes on with; undefined: it begins one, or needs none.
 * @throws TokenhubError not_found with `thread_not_found`.
 */
export async function findThread(
  { platform }: Gateway,
  { request, key }: GatewayRequest,
): Promise<ThreadPlace | undefined> {
  const id = request.thread?.continues;
  if (id === undefined) return undefined;
  const threads = actorRef(platform.actors, "threads", key.id);
  const place = await threads.find(id, platform.nowMs());
  if (!place) throw threadError("thread_not_found");
  return place;
}

/** The decision with nobody else in it. @throws TokenhubError not_found with `thread_not_found`. */
export function onlyAt(place: ThreadPlace | undefined, decision: Decision): Decision {
  if (!place) return decision;
  const ranked = decision.ranked
    .filter(
      ({ candidate, credentials }) =>
        candidate.provider.id === place.providerId &&
        candidate.model.id === place.modelId &&
        credentials.includes(place.credential),
    )
    .map((one) => ({ ...one, credentials: [place.credential] }));
  if (ranked.length === 0) throw threadError("thread_not_found");
  return { ...decision, ranked };
}

/** Remembers who answered, when the client may go on from there. */
export function noteThread(
  { platform }: Gateway,
  { request, key }: GatewayRequest,
  { answer, ranked: { candidate, credentials } }: Answered,
): void {
  if (!request.thread || answer.endpoint === undefined) return;
  const id = answer.kind === "whole" ? answer.facts.id : answer.relay.messageId();
  if (id === undefined) return;
  const place: ThreadPlace = {
    providerId: candidate.provider.id,
    credential: credentials[0] ?? "none",
    endpoint: answer.endpoint,
    modelId: candidate.model.id,
  };
  platform.defer(actorRef(platform.actors, "threads", key.id).note(id, place, platform.nowMs()));
}
