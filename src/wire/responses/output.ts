/** Output items of a provider of the Responses dialect; whatever has the wrong shape says nothing. */
import type { CallPart, Citation, Finish, Part, PartHead } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { reasoningOf } from "./items.ts";
import { readCitation } from "./parts.ts";

/** The parts of one item; none for kinds that are not translated. undefined: a call that names nothing. */
export function readOutputItem(item: JsonObject): readonly Part[] | undefined {
  switch (item.type) {
    case "message":
      return listOf(item.content).flatMap((part) => readOutputPart(part) ?? []);
    case "reasoning":
      return [reasoningOf(item)];
    case "function_call":
    case "custom_tool_call": {
      const head = callHeadOf(item);
      return head && [{ ...head, input: inputOf(item) }];
    }
    default:
      return [];
  }
}

/** undefined: no kind of text. */
export function readOutputPart(part: JsonObject): Part | undefined {
  if (part.type === "refusal") return { kind: "refusal", text: stringOf(part.refusal) };
  if (part.type !== "output_text") return undefined;
  const text = stringOf(part.text);
  const citations = listOf(part.annotations).flatMap((found): Citation[] => {
    const citation = readCitation(found);
    return citation ? [citation] : [];
  });
  return citations.length > 0 ? { kind: "text", text, citations } : { kind: "text", text };
}

/** How the call of an item begins; undefined: it has no name, or no id. */
export function callHeadOf(item: JsonObject): Extract<PartHead, { kind: "call" }> | undefined {
  const { name, namespace } = item;
  const id = stringOf(item.call_id) || stringOf(item.id);
  if (typeof name !== "string" || name === "" || id === "") return undefined;
  const head = { kind: "call", id, name, custom: item.type === "custom_tool_call" } as const;
  return typeof namespace === "string" && namespace !== "" ? { ...head, namespace } : head;
}

/** Arguments, or the free text of a custom tool. */
export function inputOf(item: JsonObject): CallPart["input"] {
  return stringOf(item.type === "custom_tool_call" ? item.input : item.arguments);
}

/** Logprobs of all texts of an item, one after the other. */
export function logprobsOf(item: JsonObject): readonly unknown[] {
  return listOf(item.content).flatMap((part) =>
    Array.isArray(part.logprobs) ? (part.logprobs as readonly unknown[]) : [],
  );
}

/** Why a response ended, by its own words; some servers call a cut answer completed. */
export function finishOf(response: JsonObject, hasCalls: boolean): Finish {
  const details = isObject(response.incomplete_details) ? response.incomplete_details : {};
  if (details.reason === "content_filter") return "refusal";
  if (response.status === "incomplete" || typeof details.reason === "string") return "length";
  return hasCalls ? "calls" : "stop";
}

/** The objects of a list; none when it is no list. */
export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** "" for anything but text. */
export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
