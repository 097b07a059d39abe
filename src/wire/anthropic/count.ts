/** `/messages/count_tokens`: how long a prompt is, asked of a provider or estimated. */
import { AttemptFault, TokenhubError } from "../../errors.ts";
import { spliceText } from "../json.ts";
import type { Wire } from "../wire.ts";
import { parseAnswer, rawOf } from "./answer.ts";
import { anthropic } from "./anthropic.ts";
import { readCountRequest, writeCountRequest } from "./request.ts";

/** A route of its own of the Anthropic dialect; its answers name no model and are never streamed. */
export const anthropicCount: Wire = {
  ...anthropic,
  path: `${anthropic.path}/count_tokens`,
  readRequest: readCountRequest,
  writeRequest: writeCountRequest,
  readAnswer(text) {
    const { input_tokens } = parseAnswer(text);
    if (!Number.isSafeInteger(input_tokens) || Number(input_tokens) < 0) {
      throw new AttemptFault("transient", "bad-answer");
    }
    return { usage: undefined, finish: undefined, outputChars: 0 };
  },
  writeAnswer: (text, { extra }) => spliceText(text, rawOf(extra)),
  openStream() {
    throw new TokenhubError("internal");
  },
  codec: undefined,
  amend: undefined,
  estimate: ({ facts }) => JSON.stringify({ input_tokens: facts.promptTokens }),
};
