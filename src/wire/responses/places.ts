/** Where text of people stands in a request of the Responses dialect. */

import { isGiven } from "../given.ts";
import { isObject } from "../json.ts";
import {
  type Rewrite,
  rewriteList,
  rewriteMessage,
  SPEAKERS,
  type WalkTexts,
  withMember,
} from "../places.ts";

/** Clients spell a text's type in three ways, and servers take each. */
const TEXTS: ReadonlySet<unknown> = new Set(["input_text", "text", "output_text"]);

/** `instructions`, and messages in `input`; calls, their outputs, reasoning and answers are never touched. */
export const responsesTexts: WalkTexts = (body, rewrite) => {
  const { instructions, input } = body;
  const told =
    typeof instructions === "string" ? rewrite([instructions], "system")[0] : instructions;
  const asked =
    typeof input === "string"
      ? rewrite([input], "user")[0]
      : rewriteList(input, (item) => rewriteItem(item, rewrite));
  return withMember(withMember(body, "instructions", told), "input", asked);
};

function rewriteItem(item: unknown, rewrite: Rewrite): unknown {
  if (!isObject(item) || (isGiven(item.type) && item.type !== "message")) return item;
  const speaker = SPEAKERS.get(item.role);
  return speaker ? rewriteMessage(item, { speaker, types: TEXTS, rewrite }) : item;
}
