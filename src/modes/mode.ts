/**
 * The contract of a mode: how several asks make one answer. A mode has one power, `ask`; routing, failover and
 * billing happen inside it. Given the same answers and the same chance it asks the same questions in the same order.
 */
import type { Orchestration } from "../orchestration.ts";

/** What one ask is there for; told in the decision, in stage events and in the journal. */
export const ROLES = [
  "planner",
  "critic",
  "reviser",
  "answerer",
  "candidate",
  "judge",
  "synthesiser",
  "strong",
  "repairer",
] as const;
export type Role = (typeof ROLES)[number];

/** Who may be asked. Wishes narrow what key and policy allow, never widen it; undefined: no wish. */
export interface Wish {
  /** This model, no other. */
  readonly modelId?: string | undefined;
  /** 0–10. */
  readonly minWeight?: number | undefined;
  readonly notModels?: readonly string[] | undefined;
  readonly notFamilies?: readonly string[] | undefined;
  /** Weight profile by which candidates are ordered; undefined: the request's own. */
  readonly profile?: string | undefined;
  /**
   * Of those that are left: the n-th distinct model in ranking order, one of every family before the second of
   * any, from 0; those after it stand in for it. For questions asked beside each other. undefined: the first.
   */
  readonly spread?: number | undefined;
}

/** What is added to the client's conversation for one ask. */
export interface Prompt {
  /** Added after the client's own system text. */
  readonly instruction?: string | undefined;
  /** Added after the client's last turn, as words of the user. */
  readonly task?: string | undefined;
}

/** One question. `role`, `round` and `index` name it within its run: no two questions share them. */
export interface Question {
  readonly role: Role;
  /** From 0. */
  readonly round: number;
  /** Among those of the same role and round, from 0. */
  readonly index: number;
  readonly prompt: Prompt;
  /** Tried in order until one leaves somebody who can be asked. */
  readonly wishes: readonly Wish[];
  /** The answer goes to the client: its tools are given, its output shape is asked for, and it may stream. */
  readonly isFinal: boolean;
  /** undefined: the client's own cap, or none. */
  readonly outputTokensMax: number | undefined;
}

/** One answer. Of a streamed one only who gives it is known yet. */
export interface ModeAnswer {
  readonly role: Role;
  readonly round: number;
  readonly index: number;
  /** Its words; "" of a stream. */
  readonly text: string;
  /** It calls tools, or is a stream: there is no text to be judged. */
  readonly isOpaque: boolean;
  readonly modelId: string;
  readonly family: string;
  /** 0–10. */
  readonly weight: number;
  readonly providerId: string;
}

/** Why a question has no answer. */
export type AskFailure =
  /** The money that is left does not pay for it. */
  | "budget"
  /** The request's time is over. */
  | "deadline"
  /** Nobody may be asked, or everybody failed. */
  | "failed"
  /** The mode did not wait for it. */
  | "dropped";

/** Thrown by `ask`. Everything else that it throws (a client that left, a cancelled run) ends the mode. */
export class AskError extends Error {
  readonly reason: AskFailure;
  /** What the client is told when no other answer is left; undefined: dropped. */
  readonly because: Error | undefined;
  constructor(reason: AskFailure, because?: Error) {
    super(reason);
    this.name = "AskError";
    this.reason = reason;
    this.because = because;
  }
}

/** What a mode can do. */
export interface ModeWorld {
  /** Throws AskError. When `signal` aborts the question is dropped. */
  ask(question: Question, signal?: AbortSignal): Promise<ModeAnswer>;
  /** 0 ≤ x < 1; the same run draws the same. */
  random(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
  /** The client's last words, as far as they are text; "" where they are none. */
  readonly question: string;
}

/** What a critic said of a text. */
export interface Critique {
  readonly round: number;
  /** 0–1. */
  readonly score: number;
  readonly text: string;
}

/** How good a judge or critic found one answer. */
export interface Score {
  readonly role: Role;
  readonly round: number;
  readonly index: number;
  /** 0–1. */
  readonly score: number;
}

/** What a run came to. */
export interface Outcome {
  /** Goes to the client as it is. */
  readonly answer: ModeAnswer;
  /** One sentence: why this one. */
  readonly why: string;
  readonly critiques: readonly Critique[];
  readonly scores: readonly Score[];
  /** It ended before its plan did, for want of money or time; undefined: it did not. */
  readonly stopped: "budget" | "deadline" | undefined;
}

/** The most that some asks of a plan can take, so that it is priced before it runs. */
export interface Bound {
  readonly role: Role;
  /** How often this is asked, repairs included. */
  readonly count: number;
  readonly wishes: readonly Wish[];
  /** Characters of instruction and task without the answers in it. */
  readonly promptChars: number;
  /** How many other answers its prompt holds. */
  readonly answersHeld: number;
  /** Output cap; undefined: as the final answer. */
  readonly outputTokensMax: number | undefined;
  readonly isFinal: boolean;
}

/** What was given up to make a plan cheaper, in this order. */
export type Trim = "candidates" | "rounds" | "critic" | "single";

/** One mode. Everything but `run` is pure. */
export interface Mode {
  readonly name: string;
  /** One sentence for OpenAPI and the list of models. */
  readonly description: string;
  /** Grows with every change of a prompt; told in the decision. 0: it has none of its own. */
  readonly promptsVersion: number;
  /** The whole plan in the worst case; never more than 24 asks. */
  bound(options: Orchestration): readonly Bound[];
  /** The next cheaper plan; undefined: there is none. */
  trim(
    options: Orchestration,
  ): { readonly options: Orchestration; readonly trimmed: Trim } | undefined;
  /**
   * @throws AskError when not one usable answer was given.
   */
  run(options: Orchestration, world: ModeWorld): Promise<Outcome>;
}
