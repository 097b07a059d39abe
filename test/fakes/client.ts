/** A program that uses a gateway over real HTTP, and what it gets back, read. */
import type { Home } from "./homes.ts";

/** One answer, read to its end. */
export interface Reply<Body> {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed; an empty object when the text is no JSON object. */
  readonly body: Body & { readonly error?: ErrorTold };
}

export interface ErrorTold {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly param?: string | null;
  readonly request_id: string;
}

export interface Completion {
  readonly id: string;
  readonly object: string;
  readonly model: string;
  readonly choices: readonly {
    readonly message: { readonly content: string | null };
    readonly finish_reason: string;
  }[];
  readonly usage?: Readonly<Record<string, number>>;
  readonly tokenhub?: Summary;
}

/** What the gateway tells of a choice. */
export interface Summary {
  readonly request_id: string;
  readonly negotiated_model: string;
  readonly estimated_cost_usd?: number;
  readonly routing_reason: string;
  readonly decision: DecisionTold;
}

export interface DecisionTold {
  readonly mode: string;
  readonly degraded: boolean;
  readonly candidates: readonly CandidateTold[];
  readonly attempts: readonly AttemptTold[];
  readonly policy: Readonly<Record<string, unknown>> & {
    readonly from: Readonly<Record<string, string>>;
  };
  readonly cost_usd?: number;
  readonly cost_is_estimate: boolean;
}

export interface CandidateTold {
  readonly model: string;
  readonly provider: string;
  readonly upstream_model: string;
  readonly eligible: boolean;
  readonly reason?: string;
  readonly detail?: string;
  readonly score?: number;
  readonly terms?: Readonly<Record<string, number>>;
}

export interface AttemptTold {
  readonly provider: string;
  readonly model: string;
  readonly upstream_model: string;
  readonly result: string;
  readonly what: string;
  readonly status: number;
  readonly output_tokens_cap?: number;
}

/** The answer of `/v1/chat`. */
export type ChatAnswer = Summary & { readonly response: Completion };

export interface Client {
  get<Body = Record<string, unknown>>(path: string, headers?: Headings): Promise<Reply<Body>>;
  /** `POST /v1/chat/completions`; a text is sent as it is. */
  complete(body: object | string, headers?: Headings): Promise<Reply<Completion>>;
  /** `POST /v1/chat`. */
  chat(body: object, headers?: Headings): Promise<Reply<ChatAnswer>>;
}

type Headings = Readonly<Record<string, string>>;

/** A client with this key; the home's own when none is given. */
export function clientOf(home: Pick<Home, "url" | "key">, key = home.key): Client {
  const ask = async (method: string, path: string, init: { body?: string; headers?: Headings }) => {
    const { body } = init;
    const type: Headings = body === undefined ? {} : { "content-type": "application/json" };
    const headers = { authorization: `Bearer ${key}`, ...type, ...init.headers };
    const response = await fetch(home.url + path, { method, body, headers });
    const text = await response.text();
    const found = Object.fromEntries(response.headers);
    return { status: response.status, headers: found, text, body: objectOf(text) };
  };
  const post = (path: string, body: object | string, headers: Headings = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return ask("POST", path, { body: text, headers });
  };
  return {
    get: async <Body>(path: string, headers: Headings = {}) =>
      (await ask("GET", path, { headers })) as Reply<Body>,
    complete: async (body, headers) =>
      (await post("/v1/chat/completions", body, headers)) as unknown as Reply<Completion>,
    chat: async (body, headers) =>
      (await post("/v1/chat", body, headers)) as unknown as Reply<ChatAnswer>,
  };
}

function objectOf(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** One event of a stream, or a comment. */
export interface StreamEvent {
  /** `message` when it has no name; `comment` for a comment. */
  readonly name: string;
  readonly data: string;
}

/** The events and comments of a whole stream, in order. */
export function eventsOf(text: string): readonly StreamEvent[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      if (block.startsWith(":")) return { name: "comment", data: block.slice(1).trim() };
      const field = (name: string) =>
        block
          .split("\n")
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join("\n");
      return { name: field("event") || "message", data: field("data") };
    });
}

/** The text that the chunks of a stream say. */
export function spoken(events: readonly StreamEvent[]): string {
  return events
    .filter(({ name, data }) => name === "message" && data.startsWith("{"))
    .map(({ data }) => JSON.parse(data).choices?.[0]?.delta?.content ?? "")
    .join("");
}

/** A user's question as messages. */
export function saying(content: string): readonly object[] {
  return [{ role: "user", content }];
}
