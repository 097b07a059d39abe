/** A client's request, read as far as Tokenhub acts on it; the same in every dialect. */
import type { RequestFacts } from "../chat.ts";
import type { JsonDocument } from "./json.ts";

/** A conversation that lives at a provider. */
export interface Thread {
  /** Id of the message after which it goes on; undefined: it begins here. */
  readonly continues: string | undefined;
}

/** What a request asks of stored turns. */
export interface TurnAsked {
  /** Id of the answer after which it goes on; undefined: it begins here. */
  readonly previousId: string | undefined;
  /** Is its own turn to be stored? */
  readonly isKept: boolean;
}

/** What a request asks of Tokenhub, beside the facts for routing. */
export interface ChatRequest {
  readonly document: JsonDocument;
  /** The `model` field as the client wrote it. */
  readonly target: string;
  readonly facts: RequestFacts;
  /** Did the client ask for usage in its stream? If not, it is hidden from it. */
  readonly usageWanted: boolean;
  /** Raw value of the control field `tokenhub`, if there was one. */
  readonly control: unknown;
  /** The provider keeps the conversation; undefined: the client sends all of it. */
  readonly thread?: Thread | undefined;
  /** It goes on from a stored answer, or its own is to be stored; undefined: neither. */
  readonly turn?: TurnAsked | undefined;
  /** Its texts held the marker of a directive: what is sent is checked once more. */
  readonly suspect?: true | undefined;
}
