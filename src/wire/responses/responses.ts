/** The OpenAI Responses dialect. */
import { errorBody } from "../openai/errors.ts";
import type { Wire } from "../wire.ts";
import { amend } from "./amend.ts";
import { readAnswer, writeAnswer } from "./answer.ts";
import { responsesCodec } from "./codec.ts";
import { dropped, readRequest, writeRequest } from "./request.ts";
import { errorFrame, openStream } from "./stream.ts";
import { responsesTurns } from "./turn.ts";

/** Providers store no answers; those that a client wants stored are stored here. */
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
  amend,
  turns: responsesTurns,
};
