/**
 * What the modes say to models. Data: `{name}` is filled by `fill`. A change of any text raises the version of
 * the modes that use it (`promptsVersion`), which every decision tells.
 */

/** Version of all texts of this file. */
export const PROMPTS_VERSION = 1;

/** The names in braces replaced by the values, in one pass: what a value holds is not filled again. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** Who plans; `{sections}` is `SECTIONS` or nothing. */
export const PLAN = `Answer the request with a plan; do not carry it out.

Give the plan this structure:
1. Goal: what shall be reached, under which constraints, and how one sees that it is done.
2. Assumptions: everything the plan takes for granted that the request does not say, one line each, with what changes if it is wrong.
3. Steps: numbered, in the order of work. Each step names its result, how to check it, and which steps it needs.
4. Risks: what can go wrong, how likely and how bad that is, how it would show, and what to do then.

Choose the simplest plan that meets every constraint. Where something essential is missing, state an assumption and go on. Be concrete: names, numbers and limits instead of generalities. Write in the language of the request.{sections}`;

/** Added to `PLAN` when headings are asked for; `{headings}` is one per line. */
export const SECTIONS = `

The plan must have exactly these headings, in this order; put the structure above under the headings where it fits:
{headings}`;

const CRITIQUE_SHAPE = `Reply with one JSON object and nothing else:
{"score": number, "attacks": [string], "missing": [string], "cheap_wins": [string]}
"score" is from 0 (useless) to 1 (nothing worth changing). Each list holds short sentences, the most important first, at most eight; a list may be empty. Do not invent faults to fill a list.`;

/** The critic of a plan. */
export const ATTACK_INSTRUCTION = `You review a plan that somebody else wrote for the request. You are not its author and owe it no kindness: find out where it would fail. You do not answer the request yourself.`;

/** Its task; `{draft}` is the fenced plan. */
export const ATTACK_TASK = `Here is the plan for the request above.

{draft}

Attack it: steps that would not work or rest on a wrong assumption ("attacks"), constraints of the request that it misses or breaks ("missing"), and small changes that would make it clearly better ("cheap_wins"). Then score it as it stands.

${CRITIQUE_SHAPE}`;

/** Who criticises an answer, most often its own. */
export const FEEDBACK_INSTRUCTION = `You check an answer to the request before it is handed in. Check facts, reasoning, completeness and the form that was asked for. You do not answer the request anew.`;

/** Its task; `{draft}` is the fenced answer. */
export const FEEDBACK_TASK = `Here is the answer to the request above.

{draft}

Name what is wrong in it ("attacks"), what the request asks for and the answer lacks ("missing"), and small changes that would make it clearly better ("cheap_wins"). Then score it as it stands.

${CRITIQUE_SHAPE}`;

/** Who revises; `{draft}` is the fenced text and what was said of it. */
export const REVISE_TASK = `Here are the best {noun} to the request above so far and a review of it.

{draft}

Write the {noun} anew. Mend what the review rightly names, keep what is good, and ignore what the review gets wrong. Give the complete {noun} only, as if it were the first: no word about the review or about what changed.`;

/** Added to a task whose reply had not the shape it asked for. */
export const REPAIR = `Your last reply to this could not be read. Reply with the JSON object alone: no other text, every field as described, only numbers that were named.`;

/** Who judges answers. */
export const JUDGE_INSTRUCTION = `You judge answers that several authors gave to the request. You do not answer it yourself. Judge whether each answer is right first, then whether it is complete, then whether it keeps to the form that was asked for. Length, tone and the order in which answers stand count nothing.`;

/** Its task; `{answers}` is the fenced answers. */
export const JUDGE_TASK = `Here are answers to the request above. Each is named by its number.

{answers}

Order all of them from best to worst. Reply with one JSON object and nothing else:
{"ranking": [number], "reason": string}
"ranking" holds the number of every answer once, the best first; "reason" says in one or two sentences why the best is the best.`;

/** Who makes one answer of several. */
export const SYNTHESIS_INSTRUCTION = `Several authors have answered the request. Write the one answer that is handed in: take what is right from each, settle where they disagree by your own judgement, leave out what is wrong. Answer the request itself, in the form it asks for, and say nothing of the authors or of this work.`;

/** Its task; `{answers}` is the fenced answers. */
export const SYNTHESIS_TASK = `Here are answers to the request above, in no particular order.

{answers}

Now give the one final answer to the request.`;
