/** One request for each thing that each dialect can say. */
import type { ChatDoor } from "./doors.ts";
import { CHAT_SPECIMENS } from "./field-specimens-chat.ts";
import { MESSAGES_SPECIMENS } from "./field-specimens-messages.ts";
import { RESPONSES_SPECIMENS } from "./field-specimens-responses.ts";

/** Name of a row of the table of fields → members of the body that say it. */
export type Specimens = Readonly<Record<string, object>>;

/** By dialect. */
export const SPECIMENS: Readonly<Record<ChatDoor, Specimens>> = {
  openai: CHAT_SPECIMENS,
  anthropic: MESSAGES_SPECIMENS,
  responses: RESPONSES_SPECIMENS,
};
