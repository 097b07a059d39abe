/** What one answer of the gateway tells, read from its body and headers, and as lines for people. */
import {
  type AttemptTold,
  type CandidateTold,
  type ChatAnswer,
  type Completion,
  type ErrorTold,
  eventsOf,
  type Reply,
  type Summary,
  spoken,
} from "../test/fakes/client.ts";

/** One answered (or refused) request. */
export interface Answered {
  /** Who answered; undefined: nobody. */
  readonly provider: string | undefined;
  readonly status: number;
  /** What the model said. */
  readonly text: string;
  readonly summary: Summary | undefined;
  readonly error: ErrorTold | undefined;
  /** As the gateway told it, in ms. */
  readonly overhead: string | undefined;
  /** Chunks of a stream; undefined: the answer was whole. */
  readonly chunks: number | undefined;
}

/** What was asked, under which title, and how long the program waited for the whole answer. */
export interface Asked {
  readonly title: string;
  readonly question: string;
  readonly tookMs: number;
}

/** Members of an attempt that only a good one has. */
type Attempt = AttemptTold & {
  readonly latency_ms: number;
  readonly ttft_ms?: number;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
};

/** Reads an answer of `/v1/chat`. */
export function chatAnswer(reply: Reply<ChatAnswer>): Answered {
  const good = reply.status === 200;
  const text = good ? (reply.body.response.choices[0]?.message.content ?? "") : "";
  return { ...rest(reply), text, summary: good ? reply.body : undefined, chunks: undefined };
}

/** Reads a stream that was asked for its decision. */
export function streamAnswer(reply: Reply<Completion>): Answered {
  const events = eventsOf(reply.text);
  const told = events.find(({ name }) => name === "tokenhub.decision");
  return {
    ...rest(reply),
    text: spoken(events),
    summary: told && (JSON.parse(told.data) as Summary),
    chunks: events.filter(({ data }) => data.includes('"chat.completion.chunk"')).length,
  };
}

function rest({ status, headers, body }: Reply<unknown>) {
  return {
    status,
    provider: headers["x-tokenhub-provider"],
    overhead: headers["x-tokenhub-overhead-ms"],
    error: body.error,
  };
}

/** The answer as lines: what was asked, considered, chosen and answered, and what it took. */
export function report(asked: Asked, answered: Answered): string[] {
  const { summary, text, error, overhead, chunks } = answered;
  const lines = ["", asked.title, line("asked", JSON.stringify(asked.question))];
  if (!summary) {
    const why = error ? `${error.code}: ${error.message}` : "the answer broke off";
    return [...lines, line("refused", `${answered.status} ${why}`)];
  }
  const { candidates, attempts, cost_usd, cost_is_estimate } = summary.decision;
  const last = attempts.at(-1) as Attempt | undefined;
  const cost = cost_usd === undefined ? "unpriced" : `$${cost_usd}`;
  const first = last?.ttft_ms === undefined ? "" : `first token after ${last.ttft_ms} ms, `;
  const whole = `whole answer after ${Math.round(asked.tookMs)} ms`;
  return [
    ...lines,
    ...candidates.map((one, at) => line(at === 0 ? "considered" : "", considered(one))),
    ...attempts.map((one, at) => line(at === 0 ? "tried" : "", tried(one as Attempt))),
    line("chosen", `${summary.negotiated_model} at ${answered.provider}`),
    line("because", summary.routing_reason),
    line("answered", JSON.stringify(text)),
    ...(chunks === undefined ? [] : [line("", `in ${chunks} chunks`)]),
    line("tokens", `${last?.prompt_tokens} in, ${last?.completion_tokens} out`),
    line("cost", cost_is_estimate ? `${cost}, estimated` : cost),
    line("time", `${first}${whole}, overhead of the gateway ${overhead} ms`),
  ];
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(10)}  ${text}`;
}

function considered(candidate: CandidateTold): string {
  const who = `${candidate.model} at ${candidate.provider}`;
  if (!candidate.eligible) return `${who}: left out, ${candidate.reason}`;
  const terms = Object.entries(candidate.terms ?? {}).map(([name, value]) => `${name} ${value}`);
  return `${who}: score ${candidate.score} = ${terms.join(" + ")}`;
}

function tried({ model, provider, result, what, latency_ms }: Attempt): string {
  const end = result === "ok" ? "ok" : `${result} (${what})`;
  return `${model} at ${provider}: ${end}, ${latency_ms} ms`;
}
