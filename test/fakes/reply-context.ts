/** What a wire is told about the answer it writes: fixed time, counted ids. */
import type { ReplyContext } from "../../src/wire/codec.ts";
import { documentOf } from "../../src/wire/json.ts";
import { openai } from "../../src/wire/openai/openai.ts";

/** Ids are `prefix_1`, `prefix_2`, …; the request is a plain OpenAI chat unless given. */
export function replyContext(given: Partial<ReplyContext> = {}): ReplyContext {
  let ids = 0;
  const messages = [{ role: "user", content: "hi" }];
  return {
    modelId: "public",
    usageWanted: false,
    request: openai.readRequest(documentOf({ model: "public", messages })),
    nowMs: 1_767_225_600_000,
    newId: (prefix) => {
      ids += 1;
      return `${prefix}_${ids}`;
    },
    ...given,
  };
}
