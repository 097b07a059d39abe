/** The OpenAI chat dialect, translated. */
import type { Codec } from "../codec.ts";
import { readConversation } from "./read-conversation.ts";
import { readReply } from "./read-reply.ts";
import { createReader } from "./reader.ts";
import { writeConversation } from "./write-conversation.ts";
import { writeReply } from "./write-reply.ts";
import { createWriter } from "./writer.ts";

/** What clients of this dialect ask, in any other; what its providers answer, for any other. */
export const openaiCodec: Codec = {
  readConversation,
  writeConversation,
  readReply,
  writeReply,
  createReader,
  createWriter,
};
