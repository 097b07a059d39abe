/** Strict JSON of critics and judges. Nothing else of what they write is read. */
import type { z } from "zod";
import type { ModeAnswer, ModeWorld, Question } from "./mode.ts";
import { REPAIR } from "./prompts.ts";

/** Output cap of critics and judges, tokens: a full verdict, with room for a model that thinks aloud first. */
export const VERDICT_TOKENS_MAX = 4_000;
/** More than any verdict under that cap holds; what is behind it is not looked at. */
const VERDICT_CHARS_MAX = 40_000;
/** One code fence around the whole, which many models cannot leave out. */
const FENCED = /^```(?:json)?\s*\n([\s\S]*)\n\s*```$/;

/** What a reply says when it is one JSON document of that shape; undefined: it is not. */
export function readVerdict<T>(schema: z.ZodType<T>, reply: ModeAnswer): T | undefined {
  if (reply.isOpaque) return undefined;
  const text = reply.text.slice(0, VERDICT_CHARS_MAX).trim();
  try {
    return schema.safeParse(JSON.parse(FENCED.exec(text)?.[1] ?? text)).data;
  } catch {
    return undefined;
  }
}

/** The question asked once more, `later` indices on, with a word on why. */
export function repairOf(question: Question, later: number): Question {
  const task = [question.prompt.task, REPAIR].filter((part) => part !== undefined).join("\n\n");
  return { ...question, index: question.index + later, prompt: { ...question.prompt, task } };
}

/**
 * Asks, and once more when the reply has not the shape; undefined: neither had it.
 * @throws AskError of either ask.
 */
export async function askVerdict<T>(
  world: ModeWorld,
  question: Question,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  return (
    readVerdict(schema, await world.ask(question)) ??
    readVerdict(schema, await world.ask(repairOf(question, 1)))
  );
}
