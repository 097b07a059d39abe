/** Where text of people stands in a request of the embeddings dialect: it is data, not a message. */
import { rewriteList, type WalkTexts, withMember } from "../places.ts";

/** Each input that is text. */
export const embeddingsTexts: WalkTexts = (body, rewrite) => {
  const one = (input: unknown) =>
    typeof input === "string" ? (rewrite([input], "input")[0] ?? input) : input;
  const { input } = body;
  return withMember(body, "input", Array.isArray(input) ? rewriteList(input, one) : one(input));
};
