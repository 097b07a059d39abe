/** A conversation of one line, and what a test gives beside it. */
import type { Conversation, Part, Role } from "../../src/conversation.ts";

const NO_SAMPLING = {
  temperature: undefined,
  topP: undefined,
  topK: undefined,
  seed: undefined,
  presencePenalty: undefined,
  frequencyPenalty: undefined,
  logitBias: undefined,
  logprobs: undefined,
  topLogprobs: undefined,
  choices: 1,
} as const satisfies Conversation["sampling"];

const NO_OUTPUT = {
  tokensMax: undefined,
  stop: [],
  format: undefined,
  verbosity: undefined,
} as const satisfies Conversation["output"];

/** What a test may leave out of the wishes. */
export interface Given extends Partial<Omit<Conversation, "sampling" | "output">> {
  readonly sampling?: Partial<Conversation["sampling"]>;
  readonly output?: Partial<Conversation["output"]>;
}

/** The user says hi, unless turns are given. */
export function conversation({ sampling, output, ...given }: Given = {}): Conversation {
  return {
    target: "public",
    turns: [{ role: "user", parts: [{ kind: "text", text: "hi" }] }],
    tools: [],
    toolChoice: undefined,
    parallelCalls: undefined,
    reasoning: undefined,
    stream: false,
    usageWanted: false,
    user: undefined,
    cacheKey: undefined,
    serviceTier: undefined,
    metadata: undefined,
    unread: [],
    ...given,
    sampling: { ...NO_SAMPLING, ...sampling },
    output: { ...NO_OUTPUT, ...output },
  };
}

/** One turn of these parts. */
export function saying(role: Role, ...parts: readonly Part[]): Conversation {
  return conversation({ turns: [{ role, parts }] });
}
