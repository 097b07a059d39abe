/** The form that an answer was asked for: how a model is told, how its text is checked, and how it is asked to mend it. */
import { SaxesParser } from "saxes";

/** What an answer may be asked to be. */
export const OUTPUT_FORMS = ["json", "markdown", "text", "xml"] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** What is checked of a text; `validate` answers the paths of what does not fit, none: all of it does. */
export interface FormRule {
  readonly type: OutputForm;
  /** Of `json` only: what the value must fit; undefined: any JSON. */
  readonly schema?: { validate(value: unknown): readonly string[] } | undefined;
}

interface FormRow {
  readonly instruction: string;
  readonly problems: (text: string, rule: FormRule) => readonly string[];
}

const FORMS = {
  json: {
    instruction: "Answer with one JSON value and nothing else: no words around it, no code fence.",
    problems(text, { schema }) {
      const json = extractJson(text);
      if (json === undefined) return ["the answer is not one JSON value"];
      return (schema?.validate(json.value) ?? []).map((path) => `${path} does not fit the schema`);
    },
  },
  markdown: {
    instruction: "Answer in Markdown.",
    problems: (text) => (text.trim() === "" ? ["the answer is empty"] : []),
  },
  text: {
    instruction: "Answer in plain text: no Markdown, no code fences, no markup.",
    problems(text) {
      if (text.trim() === "") return ["the answer is empty"];
      return FENCE_LINE.test(text) ? ["the answer has a code fence"] : [];
    },
  },
  xml: {
    instruction:
      "Answer with one well-formed XML document and nothing else: no code fence, no DOCTYPE.",
    problems: (text) => (isWellFormed(text.trim()) ? [] : ["the answer is not well-formed XML"]),
  },
} as const satisfies Record<OutputForm, FormRow>;

const FENCE_LINE = /^[ \t]{0,3}(?:```|~~~)/m;

/** One line for the model: what its answer must be. */
export function instructionOf(type: OutputForm): string {
  return FORMS[type].instruction;
}

/**
 * What is wrong with a text, in our words with paths, never with what it says; none: it has the form.
 * Thoughts before it are not looked at. Takes time in proportion to the text.
 */
export function checkForm(rule: FormRule, text: string): readonly string[] {
  const row: FormRow = FORMS[rule.type];
  return row.problems(stripThink(text), rule);
}

/** Elements within each other; no answer that somebody reads is deeper. */
const XML_DEPTH_MAX = 200;

/** No entities are expanded but the five of XML itself: a document that declares its own is refused. */
function isWellFormed(text: string): boolean {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  parser.on("error", stop);
  parser.on("doctype", () => stop());
  parser.on("opentagstart", () => {
    depth += 1;
    if (depth > XML_DEPTH_MAX) stop();
  });
  parser.on("closetag", () => {
    depth -= 1;
  });
  try {
    parser.write(text).close();
    return true;
  } catch {
    return false;
  }
}

function stop(): never {
  throw new Error("not well-formed");
}

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * The text without the `<think>…</think>` blocks before it, and without the blanks around them. A block that does not
 * end is left as it is; without a block at its start the text is returned untouched.
 */
export function stripThink(text: string): string {
  let from = 0;
  for (;;) {
    const start = afterBlanks(text, from);
    if (!text.startsWith(OPEN, start)) return from === 0 ? text : text.slice(start);
    const end = text.indexOf(CLOSE, start + OPEN.length);
    if (end < 0) return from === 0 ? text : text.slice(start);
    from = end + CLOSE.length;
  }
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return at;
}

/** The JSON value that an answer is: thoughts before it and one fence around it do not count. undefined: it is none. */
export function extractJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(unfenced(stripThink(text).trim())) };
  } catch {
    return undefined;
  }
}

/** Without exactly one fence around the whole of it, named `json` or not at all. */
function unfenced(text: string): string {
  const head = /^```(?:json)?[ \t]*\r?\n/i.exec(text)?.[0];
  if (head === undefined || !text.endsWith("```")) return text;
  return text.slice(head.length, -"```".length);
}

/** The words with which a model is asked, once, to mend its answer; paths and our own words only. */
export function repairTask(problems: readonly string[]): string {
  return [
    "Your last answer does not have the form that was asked for:",
    ...problems.map((problem) => `- ${problem}`),
    "Give the whole answer again with this mended, and nothing else.",
  ].join("\n");
}
