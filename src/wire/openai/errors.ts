/** Error bodies of the OpenAI dialects (chat, responses, embeddings). */
import { ERRORS, type TokenhubError } from "../../errors.ts";

/** `{error: {code, type, message, param, request_id}}`; JSON leaves out a param that is undefined. */
export function errorBody(error: TokenhubError, requestId: string): Record<string, unknown> {
  const { code, message, param } = error;
  return { error: { code, type: ERRORS[code].type, message, param, request_id: requestId } };
}
