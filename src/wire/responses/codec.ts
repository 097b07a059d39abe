/** Translation of the OpenAI Responses dialect. */
import type { Codec } from "../codec.ts";
import { readConversation } from "./read-conversation.ts";
import { readReply } from "./read-reply.ts";
import { createReader } from "./reader.ts";
import { writeConversation } from "./write-conversation.ts";
import { writeReply } from "./write-reply.ts";
import { createWriter } from "./writer.ts";

/** Both directions, whole and streamed. */
export const responsesCodec: Codec = {
  readConversation,
  writeConversation,
  readReply,
  writeReply,
  createReader,
  createWriter,
};
