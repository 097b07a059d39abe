/** Whole answers of the OpenAI chat dialect to replies. */
import type { CallPart, Part, Reply } from "../../conversation.ts";
import { AttemptFault } from "../../errors.ts";
import { callIdOf } from "../call-ids.ts";
import { isObject } from "../json.ts";
import { readAnswer } from "./answer.ts";
import { readAnnotations } from "./citations.ts";
import { readFinish } from "./finish.ts";
import { readReasoning } from "./read-reasoning.ts";
import { readUsage } from "./usage.ts";

type Members = Readonly<Record<string, unknown>>;

/** The first choice of an answer. @throws AttemptFault transient, as `readAnswer`. */
export function readReply(text: string): Reply {
  readAnswer(text);
  const answer: unknown = JSON.parse(text);
  const choices = isObject(answer) && Array.isArray(answer.choices) ? answer.choices : [];
  const choice: unknown = choices.find((item) => isObject(item) && (item.index ?? 0) === 0);
  if (!isObject(answer) || !isObject(choice) || !isObject(choice.message)) {
    throw new AttemptFault("transient", "bad-answer");
  }
  const id = typeof answer.id === "string" ? answer.id : undefined;
  const { message } = choice;
  const calls = readCalls(message, id);
  const parts: Part[] = [...readReasoning(message), ...readTexts(message)];
  if (typeof message.refusal === "string" && message.refusal !== "") {
    parts.push({ kind: "refusal", text: message.refusal });
  }
  const logprobs = isObject(choice.logprobs) ? choice.logprobs.content : undefined;
  return {
    id,
    parts: [...parts, ...calls],
    ...readFinish(choice, calls.length > 0),
    usage: readUsage(answer.usage),
    logprobs: Array.isArray(logprobs) ? logprobs : undefined,
  };
}

/** Content is a text, or with some vendors a list of texts and thoughts. */
function readTexts({ content, annotations }: Members): Part[] {
  const parts: Part[] = Array.isArray(content)
    ? content.flatMap((part) => readContentPart(part) ?? [])
    : typeof content === "string" && content !== ""
      ? [{ kind: "text", text: content }]
      : [];
  const at = parts.findIndex((part) => part.kind === "text");
  const first = parts[at];
  const citations = readAnnotations(annotations, 0);
  if (first?.kind === "text" && citations.length > 0) parts[at] = { ...first, citations };
  return parts;
}

/** One item of a content that is a list; undefined: says nothing that is known. */
export function readContentPart(part: unknown): Part | undefined {
  if (!isObject(part)) return undefined;
  if (part.type === "thinking") {
    const thoughts = Array.isArray(part.thinking) ? part.thinking : [part];
    const texts = thoughts.map((thought) => {
      const said: unknown = isObject(thought) ? (thought.text ?? thought.thinking) : thought;
      return typeof said === "string" ? said : "";
    });
    const text = texts.join("");
    return text === "" ? undefined : { kind: "reasoning", text };
  }
  if (typeof part.text !== "string" || part.text === "") return undefined;
  return { kind: "text", text: part.text };
}

function readCalls(message: Members, replyId: string | undefined): CallPart[] {
  const calls: unknown[] = Array.isArray(message.tool_calls) ? [...message.tool_calls] : [];
  if (isObject(message.function_call)) calls.push({ function: message.function_call });
  const ids = new Set<string>();
  return calls.flatMap((call, index) => {
    if (!isObject(call)) return [];
    const { name, input, custom } = readCalled(call);
    if (name === "") throw new AttemptFault("transient", "bad-answer");
    const id = callIdOf(call.id, { replyId, index, taken: ids });
    ids.add(id);
    return { kind: "call", id, name, input, custom };
  });
}

/** What a call or the delta of one says; name and input are "" where it does not. */
export function readCalled(call: Members): { name: string; input: string; custom: boolean } {
  const custom = isObject(call.custom);
  const called = custom ? call.custom : call.function;
  if (!isObject(called)) return { name: "", input: "", custom: call.type === "custom" };
  return {
    name: typeof called.name === "string" ? called.name : "",
    input: inputOf(custom ? called.input : called.arguments),
    custom,
  };
}

/** Some servers give the arguments as the object itself. */
function inputOf(input: unknown): string {
  if (typeof input === "string") return input;
  return isObject(input) ? JSON.stringify(input) : "";
}
