/** The form that an answer was asked for: told to the model, checked, and mended once. */
import { TokenhubError } from "../errors.ts";
import type { ModeAnswer, Question } from "../modes/mode.ts";
import {
  checkForm,
  extractJson,
  instructionOf,
  type OutputForm,
  repairTask,
  stripThink,
} from "../output-form.ts";
import type { Validator } from "../schema.ts";
import type { Amendment } from "../wire/amendment.ts";
import { isObject } from "../wire/json.ts";

/** What a request says of its answer's form. */
export interface OutputShape {
  readonly type: OutputForm;
  /** Of `json`: what it must fit; undefined: any JSON. */
  readonly schema: Validator | undefined;
  /** Cap on the tokens of the final answer; undefined: none. */
  readonly outputTokensMax: number | undefined;
  /** `<think>` blocks before the answer go. */
  readonly stripsThink: boolean;
}

/** More of a bad answer is not shown to who shall mend it. */
const SHOWN_CHARS_MAX = 32_768;

/** How the form is asked for: as the provider's own where it has one, else in words. */
export function askedForm(
  shape: OutputShape,
  isNative: boolean,
): { readonly format: Amendment["format"]; readonly instruction: string } {
  const { schema, type } = shape;
  const instruction = instructionOf(type);
  if (!schema) return { format: "own", instruction };
  if (isNative) return { format: { name: "answer", schema: schema.schema }, instruction };
  const words = `${instruction} It must fit this JSON Schema:\n${JSON.stringify(schema.schema)}`;
  return { format: "none", instruction: words };
}

/** Paths of what is wrong with the answer; none: it has the form, or it calls tools and says nothing yet. */
export function problemsOf(shape: OutputShape, { text, isOpaque }: ModeAnswer): readonly string[] {
  return isOpaque ? [] : checkForm(shape, text);
}

/** The question to whoever gave a bad answer, once; where it cannot be asked, to anybody. */
export function repairQuestion(bad: ModeAnswer, problems: readonly string[]): Question {
  const shown = JSON.stringify(bad.text.slice(0, SHOWN_CHARS_MAX));
  return {
    role: "repairer",
    round: 0,
    index: 0,
    prompt: { task: `Your answer was, as a JSON string:\n${shown}\n\n${repairTask(problems)}` },
    wishes: [{ modelId: bad.modelId }, {}],
    isFinal: true,
    outputTokensMax: undefined,
  };
}

/** @throws TokenhubError schema_mismatch with the paths. */
export function refuseShape(problems: readonly string[]): never {
  throw new TokenhubError("schema_mismatch", { detail: `${problems.join("; ")}.` });
}

/**
 * A whole Chat Completions answer as the form wants it: without thoughts, and JSON without the fence around it.
 * Everything else of it stays; an answer of another shape stays as it is.
 */
export function shaped(text: string, shape: OutputShape): string {
  const answer: unknown = JSON.parse(text);
  if (!isObject(answer) || !Array.isArray(answer.choices)) return text;
  const [choice, ...others] = answer.choices;
  if (!isObject(choice) || !isObject(choice.message)) return text;
  const { content } = choice.message;
  if (typeof content !== "string") return text;
  const said = shape.stripsThink ? stripThink(content) : content;
  const json = shape.type === "json" ? extractJson(said) : undefined;
  const words = json === undefined || isJson(said) ? said : JSON.stringify(json.value);
  if (words === content) return text;
  const message = { ...choice.message, content: words };
  return JSON.stringify({ ...answer, choices: [{ ...choice, message }, ...others] });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
