/** The OpenAI Chat Completions dialect. */
import type { Wire } from "../wire.ts";
import { amend } from "./amend.ts";
import { readAnswer, writeAnswer } from "./answer.ts";
import { openaiCodec } from "./codec.ts";
import { errorBody } from "./errors.ts";
import { readRequest, writeRequest } from "./request.ts";
import { errorFrame, openStream } from "./stream.ts";

/** The dialect that most providers speak. */
export const openai: Wire = {
  dialect: "openai",
  path: "/chat/completions",
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  openStream,
  errorBody,
  errorFrame,
  aliveFrame: ": tokenhub\n\n",
  headers: {},
  forwarded: [],
  codec: openaiCodec,
  amend,
};
