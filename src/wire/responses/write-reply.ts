/** A whole answer in the Responses dialect. */
import type { Reply } from "../../conversation.ts";
import type { ReplyContext } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { endingOf, responseId, writeResponse } from "./envelope.ts";
import { writeOutput } from "./write-output.ts";

/** The body of the answer. */
export function writeReply(reply: Reply, context: ReplyContext): JsonObject {
  const { finish, usage, logprobs } = reply;
  const id = responseId(reply.id, context);
  const newId = (prefix: string) => context.newId(prefix);
  const items = writeOutput(reply.parts, { logprobs, newId });
  const { status } = endingOf(finish);
  const output = items.map((item, at) => (at === items.length - 1 ? { ...item, status } : item));
  return writeResponse({ id, finish, output, usage }, context);
}
