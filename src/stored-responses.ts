/**
 * Stored responses of the Responses dialect: what a turn was asked and answered, sealed, and the id of the turn
 * before. Only while the vault is open; else nothing is stored, and nothing is found.
 */
import { actorRef } from "./actors/index.ts";
import { TokenhubError } from "./errors.ts";
import type { Platform } from "./platform.ts";

/** Turns of one conversation that are put together again; clients with longer ones send their own history. */
const TURNS_MAX = 100;
/** Items of all turns together, as many as a request may have. */
const ITEMS_MAX = 2_000;

/** What of a home is needed. */
export type StoredHome = Pick<Platform, "actors" | "vault" | "nowMs">;

/** One turn, as the dialect words it. */
export interface StoredTurn {
  /** The turn before; undefined: it is the first. */
  readonly previousId: string | undefined;
  /** Input items of this turn's own request, then the answer's output items: JSON. */
  readonly items: readonly unknown[];
}

/** True: a later request may go on from it. False: the vault is not open, or the turn is too large. Never throws. */
export async function remember(
  { actors, vault, nowMs }: StoredHome,
  given: { readonly keyId: string; readonly responseId: string; readonly turn: StoredTurn },
): Promise<boolean> {
  const { keyId, responseId, turn } = given;
  try {
    const text = await vault.sealText(JSON.stringify(turn), contextOf(keyId, responseId));
    return await actorRef(actors, "stored", keyId).put(responseId, text, nowMs());
  } catch {
    return false;
  }
}

/**
 * The items of all turns up to this one, oldest first: they go before the new request's own input.
 * @throws TokenhubError previous_response_not_found: a turn of it is not this key's, was forgotten or removed, or cannot be opened; or
 * they are more than a request may have. vault_sealed: it has to be opened first.
 */
export async function recall(
  { actors, vault, nowMs }: StoredHome,
  { keyId, responseId }: { readonly keyId: string; readonly responseId: string },
): Promise<readonly unknown[]> {
  const stored = actorRef(actors, "stored", keyId);
  const turns: (readonly unknown[])[] = [];
  let items = 0;
  for (let id: string | undefined = responseId; id !== undefined; ) {
    const text: string | undefined = await stored.get(id, nowMs());
    if (text === undefined || turns.length === TURNS_MAX) throw unknownResponse();
    const turn = await opened(vault, text, contextOf(keyId, id));
    items += turn.items.length;
    if (items > ITEMS_MAX) throw unknownResponse();
    turns.unshift(turn.items);
    id = turn.previousId;
  }
  return turns.flat();
}

async function opened(
  vault: StoredHome["vault"],
  text: string,
  context: string,
): Promise<StoredTurn> {
  try {
    return JSON.parse(await vault.openText(text, context)) as StoredTurn;
  } catch (error) {
    // Its key was replaced long ago: as good as forgotten.
    if (error instanceof TokenhubError && error.code === "credential_unreadable") {
      throw unknownResponse();
    }
    throw error;
  }
}

/** Bound to its key and its own id, so that no row can stand for another. */
function contextOf(keyId: string, responseId: string): string {
  return JSON.stringify(["stored-response", keyId, responseId]);
}

function unknownResponse(): TokenhubError {
  return new TokenhubError("previous_response_not_found", {
    param: "previous_response_id",
    shouldRetry: false,
  });
}
