/** The Anthropic Messages dialect. */
import { frame } from "../sse.ts";
import type { Wire } from "../wire.ts";
import { amend } from "./amend.ts";
import { readAnswer, writeAnswer } from "./answer.ts";
import { anthropicCodec } from "./codec.ts";
import { errorBody, errorFrame } from "./errors.ts";
import { dropped, readRequest, writeRequest } from "./request.ts";
import { openStream } from "./stream.ts";

/** What Anthropic speaks, and vLLM and llama.cpp beside their own. */
export const anthropic: Wire = {
  dialect: "anthropic",
  path: "/messages",
  readRequest,
  writeRequest,
  dropped,
  readAnswer,
  writeAnswer,
  openStream,
  errorBody,
  errorFrame,
  aliveFrame: frame({ event: "ping", data: '{"type":"ping"}' }),
  headers: { "anthropic-version": "2023-06-01" },
  forwarded: ["anthropic-version", "anthropic-beta"],
  needFields: { json_schema: "output_config.format", reasoning: "thinking" },
  codec: anthropicCodec,
  amend,
};
