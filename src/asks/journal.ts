/**
 * What became of the asks of a background plan, so that none is put twice: each as its attempts and their answer,
 * from which its bill, its stage and what the mode was told are made again.
 */
import type { Answer } from "../attempt.ts";
import { type Bill, createBill } from "../bill.ts";
import { type ErrorCode, TokenhubError } from "../errors.ts";
import type { AttemptRecord } from "../failover.ts";
import { AskError, type AskFailure, type Question } from "../modes/mode.ts";
import type { Decision } from "../routing/decision.ts";
import type { Priced } from "./price.ts";
import type { Stage } from "./stage.ts";

/** A whole answer; streams are not kept. */
type WholeAnswer = Extract<Answer, { kind: "whole" }>;

/** How an ask failed. */
interface FailureKept {
  readonly reason: AskFailure;
  /** undefined: it was dropped, or there was nothing to tell. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined;
}

/** One finished ask, plain data. */
export interface Entry {
  readonly promptTokens: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: readonly AttemptRecord[];
  /** Who could have been asked; of a plan's first ask only. */
  readonly decision?: Decision | undefined;
  /** Exactly one of the two is set. */
  readonly answer?: WholeAnswer | undefined;
  readonly failure?: FailureKept | undefined;
}

/** What a plan has behind it, and where it notes what follows. */
export interface Journal {
  /** The plan as it was priced and trimmed when it began; undefined: it begins now. */
  readonly plan: Priced | undefined;
  /** What the asks of earlier attempts cost, in nano-USD. */
  readonly spentNanoUsd: number;
  /** undefined: it was never asked, or its answer is lost. */
  find(question: Question): Entry | undefined;
  /** Resolves when it is kept, or cannot be: then the plan goes on without. @throws ClientGone: the plan is to stop. */
  note(question: Question, entry: Entry): Promise<void>;
  /** The same for the plan itself, before its first ask. */
  notePlan(plan: Priced): Promise<void>;
}

/** The bill of a kept ask, as it was. */
export function billOf({ promptTokens, attempts, answer }: Entry): Bill {
  const bill = createBill(promptTokens);
  for (const made of attempts) bill.attempt(made);
  if (answer) bill.settle(answer.facts);
  else bill.fail();
  return bill;
}

/** What a finished stage came to, with a prompt of so many tokens. */
export function entryOf(
  { bill, startedAtMs, endedAtMs = startedAtMs }: Stage,
  made: {
    readonly promptTokens: number;
    readonly decision: Decision;
    readonly came: WholeAnswer | AskError;
  },
): Entry {
  const { promptTokens, decision, came } = made;
  const entry = { promptTokens, startedAtMs, endedAtMs, attempts: bill.attempts, decision };
  return came instanceof AskError
    ? { ...entry, failure: failureOf(came) }
    : { ...entry, answer: came };
}

function failureOf({ reason, because }: AskError): FailureKept {
  if (!(because instanceof TokenhubError)) return { reason, error: undefined };
  return { reason, error: { code: because.code, message: because.message } };
}

/** The failure again, as the mode was told. */
export function errorOf({ reason, error }: FailureKept): AskError {
  if (!error) return new AskError(reason);
  const because = new TokenhubError(error.code);
  because.message = error.message;
  return new AskError(reason, because);
}

/** Must the plan wait for an admin, so that this is no end of the ask? */
export function isSealed(error: unknown): boolean {
  if (error instanceof AskError) return isSealed(error.because);
  return error instanceof TokenhubError && error.code === "vault_sealed";
}

/** The name of an ask in its plan. */
export function nameOf({ role, round, index }: Question): string {
  return `${role}/${round}/${index}`;
}
