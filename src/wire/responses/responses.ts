/** The OpenAI Responses dialect. */
import { errorBody } from "../openai/errors.ts";
import type { Wire } from "../wire.ts";
import { readAnswer, writeAnswer } from "./answer.ts";
import { responsesCodec } from "./codec.ts";
import { dropped, readRequest, writeRequest } from "./request.ts";
import { errorFrame, openStream } from "./stream.ts";

/** Answers are never stored: `store: false` is what it means to be asked. */
export const responses: Wire = {
  dialect: "responses",
  path: "/responses",
  readRequest,
  writeRequest,
  dropped,
  readAnswer,
  writeAnswer,
  openStream,
  errorBody,
  errorFrame: (error, requestId) => errorFrame(error, { requestId, sequenceNumber: 0 }),
  aliveFrame: ": tokenhub\n\n",
  headers: {},
  forwarded: [],
  needFields: { vision: "input", json_schema: "text.format", reasoning: "reasoning" },
  codec: responsesCodec,
};
