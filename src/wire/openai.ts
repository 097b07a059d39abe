/** The OpenAI Chat Completions dialect. */
import { ERRORS, type TokenhubError } from "../errors.ts";
import { readAnswer, writeAnswer } from "./openai-answer.ts";
import { readRequest, writeRequest } from "./openai-request.ts";
import { readEvent, terminatorFrame, writeEvent } from "./openai-stream.ts";
import { frame } from "./sse.ts";
import type { Wire } from "./wire.ts";

function errorBody(error: TokenhubError, requestId: string): Record<string, unknown> {
  const { code, message, param } = error;
  // JSON leaves out a param that is undefined.
  return { error: { code, type: ERRORS[code].type, message, param, request_id: requestId } };
}

/** Members as the contract says; an error frame has `error` at its top, on which the official SDKs throw. */
export const openai: Wire = {
  dialect: "openai",
  path: "/chat/completions",
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  readEvent,
  writeEvent,
  errorBody,
  errorFrame: (error, requestId) => frame({ data: JSON.stringify(errorBody(error, requestId)) }),
  terminatorFrame,
};
