/** Message threads of the Anthropic dialect: the provider keeps what was said. */
import { TokenhubError } from "../../errors.ts";
import type { Thread } from "../chat-request.ts";
import { isObject } from "../json.ts";

/** Ids of the vendor have some thirty characters. */
const ID_CHARS_MAX = 256;

/**
 * `{type: "create"}` or `{type: "continue", previous_message_id}`; any other type is the provider's to judge.
 * undefined: no thread. @throws TokenhubError invalid_value with the path.
 */
export function readThread(thread: unknown): Thread | undefined {
  if (thread === undefined || thread === null) return undefined;
  if (!isObject(thread)) throw new TokenhubError("invalid_value", { param: "thread" });
  if (thread.type !== "continue") return { continues: undefined };
  const id = thread.previous_message_id;
  if (typeof id !== "string" || id === "" || id.length > ID_CHARS_MAX) {
    throw new TokenhubError("invalid_value", { param: "thread.previous_message_id" });
  }
  return { continues: id };
}
