/** The OpenAI Embeddings dialect: texts in, vectors out, never streamed, never translated. */
import { TokenhubError } from "../../errors.ts";
import { writeAnswer } from "../openai/answer.ts";
import { errorBody } from "../openai/errors.ts";
import { errorFrame } from "../openai/stream.ts";
import type { Wire } from "../wire.ts";
import { readAnswer } from "./answer.ts";
import { readRequest, writeRequest } from "./request.ts";

/** `openStream` throws `internal`: no request of this dialect asks for a stream. */
export const embeddings: Wire = {
  dialect: "embeddings",
  path: "/embeddings",
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  openStream() {
    throw new TokenhubError("internal");
  },
  errorBody,
  errorFrame,
  aliveFrame: ": tokenhub\n\n",
  headers: {},
  forwarded: [],
  codec: undefined,
};
