/** When two answers say the same: numbers and short exact answers, JSON, code. In doubt they do not. */
import { type CodeBlock, codeBlocks, codeText } from "./code-text.ts";

/** A short exact answer is no longer; longer ones are prose. */
const EXACT_CHARS_MAX = 80;
/** The last line is looked for in no more. */
const TAIL_CHARS = 2_000;
/** Longer answers agree only when they are the same text. */
const COMPARED_CHARS_MAX = 100_000;
/** Deeper JSON is compared as text. */
const JSON_DEPTH_MAX = 64;

/** How models mark a final answer, with nothing behind it: headings and "The answer is as follows:" mark none. */
const LAST_LINE_MARKS = [
  /^####[ \t]+([^\n]+)$(?!\n)/m,
  /\banswer[*_]{0,3}(?: is:?|:)\s*(\S[^\n]*)$/i,
];
/** A box is final wherever it stands; several are one answer in parts. */
const BOX = /\\boxed\{((?:[^{}]|\{[^{}]{0,200}\}){1,200})\}/g;
const NUMBER = /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/;

/** A number as one spelling: "1,000.50" and "+1000.5" are one. undefined: it is none. */
function numberText(text: string): string | undefined {
  if (!NUMBER.test(text)) return undefined;
  const [whole = "", fraction = ""] = text.replaceAll(",", "").replace(/^[+-]/, "").split(".");
  const parts = [whole.replace(/^0+(?=\d)/, ""), fraction.replace(/0+$/, "")];
  const digits = parts.filter((part) => part !== "").join(".");
  return text.startsWith("-") && digits !== "0" ? `-${digits}` : digits;
}

/** A short answer without the dress models put around it. Case counts where there are digits: mW is not MW. */
function exactText(text: string): string {
  const bare = text
    .normalize("NFC")
    .replace(/\s+/g, " ")
    .replace(/^(?:[ *_`$]|\\[([])+|(?:[ *_`$.]|\\[)\]])+$/g, "")
    .replace(/^(?:"(.*)"|'(.*)'|\((.*)\))$/, "$1$2$3");
  return numberText(bare) ?? (/\d/.test(bare) ? bare : bare.toLowerCase());
}

/** One spelling of a document: keys in order, no spaces. @throws what is too deep or too large a number. */
function canonical(value: unknown, depth: number): string {
  if (depth > JSON_DEPTH_MAX) throw new RangeError("deep");
  if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new RangeError("large");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, depth + 1)).join()}]`;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  const told = entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one, depth + 1)}`);
  return `{${told.join()}}`;
}

/** undefined: it is no JSON object or array, or not one that can be compared. */
function jsonText(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return canonical(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** What is marked as the final answer, or a short answer that is nothing else; undefined: prose. */
function finalAnswer(text: string): string | undefined {
  const tail = text.slice(-TAIL_CHARS);
  const [lastLine] = LAST_LINE_MARKS.flatMap((mark) => mark.exec(tail)?.[1] ?? []);
  const boxes = new Set(Array.from(text.matchAll(BOX), ([, held = ""]) => exactText(held)));
  const boxed = boxes.size > 0 ? [...boxes].join("; ") : undefined;
  const last = lastLine?.includes("\\boxed{") ? boxed : lastLine;
  const said = last ?? boxed ?? text;
  return said.length <= EXACT_CHARS_MAX && !said.includes("\n") ? said : undefined;
}

/** Code is the answer when there is no more prose than code around it. */
function isMostlyCode(text: string, blocks: readonly CodeBlock[]): boolean {
  const fenced = blocks
    .map(({ language, code }) => `\`\`\`${language}\n${code}\n\`\`\``)
    .join("\n");
  return 2 * fenced.length >= text.length;
}

/** What an answer says: two answers agree exactly when their keys are equal. */
export function agreementKey(answer: string): string {
  const text = answer.trim();
  if (text.length > COMPARED_CHARS_MAX) return `text ${text}`;
  const found = codeBlocks(text);
  const blocks = isMostlyCode(text, found) ? found : [];
  const json = jsonText(blocks.length === 1 ? (blocks[0]?.code.trim() ?? "") : text);
  if (json !== undefined) return `json ${json}`;
  if (blocks.length > 0) return `code ${blocks.map(codeText).join("\n\n")}`;
  const exact = finalAnswer(text);
  return exact === undefined ? `text ${text.replace(/\s+/g, " ")}` : `exact ${exactText(exact)}`;
}

/** Members with equal keys together, the largest group first, else in the order they came. */
export function groupsOf<T>(members: readonly T[], keyOf: (member: T) => string): readonly T[][] {
  const groups = Map.groupBy(members, keyOf);
  return [...groups.values()].sort((one, other) => other.length - one.length);
}
