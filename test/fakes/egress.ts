/** What suites of the egress function share: a provider, a question, and a transport that is a script. */
import { expect } from "vitest";
import type { Candidate, ProviderRecord } from "../../src/catalog.ts";
import type { UpstreamRequest } from "../../src/egress.ts";
import { AttemptFault } from "../../src/errors.ts";
import type { Platform, Source, UpstreamCall, UpstreamReply } from "../../src/platform.ts";
import { PROVIDERS } from "../../src/providers/index.ts";

/** A vendor with a key. */
export const PROVIDER: ProviderRecord = {
  id: "p",
  kind: "openai",
  baseUrl: "https://api.example.com/v1",
  endpoints: [],
  dialects: undefined,
  credentialSource: "env",
  envKeyName: "KEY",
  network: "public",
  headers: {},
  labels: [],
  enabled: true,
};

const CANDIDATE: Candidate = {
  id: "p/m",
  model: {
    id: "m",
    family: "m",
    weight: 5,
    maxContextTokens: undefined,
    maxOutputTokens: undefined,
    kind: "chat",
    capabilities: [],
    enabled: true,
  },
  provider: PROVIDER,
  upstreamName: "m",
  prices: undefined,
  expectedLatencyMs: undefined,
  enabled: true,
};

/** A question to it, with what is given in place of the usual. */
export function request(
  given: Partial<UpstreamRequest> & { provider?: Partial<ProviderRecord> } = {},
) {
  const { provider, ...rest } = given;
  return {
    candidate: { ...CANDIDATE, provider: { ...PROVIDER, ...provider } },
    kind: PROVIDERS.openai,
    endpoint: PROVIDER.baseUrl,
    path: "/chat/completions",
    headers: {},
    body: "{}",
    credential: "sk-1",
    stream: false,
    signal: new AbortController().signal,
    privateEgress: [],
    ...rest,
  };
}

export interface Body extends Source {
  cancelled: number;
}

/** These pieces, one a read; an error is thrown. */
export function bodyOf(...chunks: (string | Uint8Array | Error)[]): Body {
  const left = [...chunks];
  return {
    cancelled: 0,
    async read() {
      const next = left.shift();
      if (next instanceof Error) throw next;
      return typeof next === "string" ? new TextEncoder().encode(next) : next;
    },
    cancel() {
      this.cancelled += 1;
    },
  };
}

/** A platform that gives this answer and keeps what it was asked. */
export function world(answer: Partial<UpstreamReply> & { headers?: Record<string, string> } = {}) {
  const calls: UpstreamCall[] = [];
  const body = bodyOf("ok");
  const reply = { status: 200, body, header: (n: string) => answer.headers?.[n], ...answer };
  const send: Platform["send"] = async (call) => {
    calls.push(call);
    return reply;
  };
  return { calls, body, send, after: async () => {} };
}

/** A platform whose transport fails. */
export function throwing(error: unknown) {
  return { send: () => Promise.reject(error), after: async () => {} };
}

/** As a transport fails, with a host in its message. */
export function failure(code: string, message = "connect to 10.0.0.7:9 failed") {
  return Object.assign(new Error(message), { code });
}

/** The fault that this work fails with. */
export async function faultOf(work: Promise<unknown>): Promise<AttemptFault> {
  const error = await work.then(
    () => expect.unreachable("it should have failed"),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(AttemptFault);
  return error;
}
