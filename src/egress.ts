/**
 * The one function that sends to an upstream: address policy, headers of our own, no redirect, no
 * encoding, and every failure an `AttemptFault` with a word of a closed set (no host, no value in it).
 */
import { checkUrl } from "./address.ts";
import { networkOf } from "./base-url.ts";
import { joined } from "./bytes.ts";
import type { Candidate, ProviderRecord } from "./catalog.ts";
import { AttemptFault, TokenhubError } from "./errors.ts";
import type { Platform, Source, UpstreamReply } from "./platform.ts";
import type { ProviderKind } from "./providers/provider.ts";

/** One question to one provider. */
export interface UpstreamRequest {
  /** What is asked; a bare provider when its models are listed. */
  readonly candidate: Candidate | { readonly provider: ProviderRecord };
  readonly kind: ProviderKind;
  /** Base URL of the server to ask: the provider's own, or one of its endpoints. */
  readonly endpoint: string;
  /** Added to the base URL, with its leading slash. */
  readonly path: string;
  /** A constant of the kind, added after the address is checked: `limit=1000`. */
  readonly query?: string | undefined;
  /** Of the dialect; a provider row cannot change them. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text for a POST; undefined: a GET. */
  readonly body: string | Uint8Array | undefined;
  /** undefined only for providers without credentials. */
  readonly credential: string | undefined;
  readonly stream: boolean;
  /** Client, deadline and clocks in one; an `AttemptFault` as its reason is thrown as it is. */
  readonly signal: AbortSignal;
  /** Hosts and CIDRs that providers of network `private` may reach. */
  readonly privateEgress: readonly string[];
}

/** An upstream's answer, and what its transport's errors mean. */
export interface AskedReply extends UpstreamReply {
  /** What a read of the body threw, as a fault. */
  readonly faultOf: (error: unknown) => AttemptFault;
}

/**
 * Sends and answers as soon as status and headers are there, whatever the status but 3xx.
 * A home whose transport decodes bodies hides `content-encoding`.
 * @throws AttemptFault `misconfigured_candidate` egress-denied, `credential_rejected`, `transient`.
 */
export async function askUpstream(
  platform: Pick<Platform, "send" | "after">,
  request: UpstreamRequest,
): Promise<AskedReply> {
  const { candidate, kind, body, signal } = request;
  const headers = headersOf(request);
  let reply: UpstreamReply;
  try {
    reply =
      kind.origin && body !== undefined && "model" in candidate
        ? fromOrigin(
            await kind.origin(
              { candidate, provider: candidate.provider, body: textOf(body), signal },
              platform.after,
            ),
          )
        : await platform.send({
            url: request.query ? `${urlOf(request)}?${request.query}` : urlOf(request),
            method: body === undefined ? "GET" : "POST",
            headers,
            body,
            signal,
            network: candidate.provider.network,
          });
  } catch (error) {
    throw transportFault(error, signal);
  }
  const refused = refusedHead(reply);
  if (refused) {
    reply.body.cancel();
    throw refused;
  }
  const faultOf = (error: unknown) => transportFault(error, signal);
  return { status: reply.status, header: reply.header, body: reply.body, faultOf };
}

/** One event for a webhook, as JSON. */
export interface EventPost {
  /** May carry a query, and a secret in it: never told to anybody. */
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly privateEgress: readonly string[];
}

/**
 * Answers the status; the body is not read. By the same address policy as providers: http and private addresses
 * only where the deployment lists them.
 * @throws TokenhubError egress_denied, and what the transport throws.
 */
export async function postEvent(
  platform: Pick<Platform, "send">,
  { url, body, headers, signal, privateEgress }: EventPost,
): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const network = networkOf(origin);
  const checkedUrl = checkUrl(`${origin}${pathname}`, { network, privateEgress });
  const reply = await platform.send({
    url: `${checkedUrl.href}${search}`,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "tokenhub",
      "accept-encoding": "identity",
      ...headers,
    },
    body,
    signal,
    network,
  });
  reply.body.cancel();
  return reply.status;
}

/**
 * The whole text, UTF-8 (a broken sequence becomes U+FFFD, a byte order mark is dropped).
 * @throws AttemptFault transient `answer-too-large` beyond this many bytes, and what `read` throws.
 */
export async function readCapped(source: Source, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let chunk = await source.read(); chunk; chunk = await source.read()) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      source.cancel();
      throw new AttemptFault("transient", "answer-too-large");
    }
    chunks.push(chunk);
  }
  const [first] = chunks;
  return decoder.decode(first && chunks.length === 1 ? first : joined(chunks, bytes));
}

const decoder = new TextDecoder();

function textOf(body: string | Uint8Array): string {
  return typeof body === "string" ? body : decoder.decode(body);
}

/** Checked URLs by what was checked; the policy of a process does not change, its registry does. */
const checked = new WeakMap<readonly string[], Map<string, string>>();
/** Providers × endpoints × paths in use; beyond it the oldest is checked again. */
const CHECKED_MAX = 1_000;

/** @throws TokenhubError `egress_denied`. */
function urlOf({ candidate, endpoint, path, privateEgress }: UpstreamRequest): string {
  const { network } = candidate.provider;
  const asked = `${network} ${endpoint}${path}`;
  const known = checked.get(privateEgress) ?? new Map<string, string>();
  checked.set(privateEgress, known);
  const before = known.get(asked);
  if (before !== undefined) return before;
  const { href } = checkUrl(`${endpoint}${path}`, { network, privateEgress });
  const [oldest] = known.keys();
  if (known.size >= CHECKED_MAX && oldest !== undefined) known.delete(oldest);
  known.set(asked, href);
  return href;
}

/** Ours alone, or of the connection; a provider row cannot set them. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

function headersOf(request: UpstreamRequest): Record<string, string> {
  const { provider } = request.candidate;
  const headers: Record<string, string> = {
    accept: request.stream ? "text/event-stream" : "application/json",
    "accept-encoding": "identity",
    "user-agent": "tokenhub",
  };
  if (request.body !== undefined) headers["content-type"] = "application/json";
  for (const [name, value] of Object.entries(provider.headers)) {
    const lower = name.toLowerCase();
    if (!RESERVED_HEADERS.has(lower)) headers[lower] = value;
  }
  Object.assign(headers, request.headers);
  if (provider.credentialSource === "none") return headers;
  return Object.assign(headers, request.kind.authorize(usable(request.credential)));
}

/** Visible ASCII; anything else cannot be a credential and must not reach a header. */
const CREDENTIAL = /^[\x21-\x7e]{1,8192}$/;

function usable(credential: string | undefined): string {
  if (credential && CREDENTIAL.test(credential)) return credential;
  throw new AttemptFault("credential_rejected", credential ? "bad-credential" : "no-credential");
}

function fromOrigin(answer: Awaited<ReturnType<NonNullable<ProviderKind["origin"]>>>) {
  return { ...answer, header: (name: string) => answer.headers[name] };
}

function refusedHead({ status, header }: UpstreamReply): AttemptFault | undefined {
  if (status >= 300 && status < 400) return new AttemptFault("transient", "redirect", { status });
  const encoding = header("content-encoding");
  if (encoding === undefined || encoding === "" || encoding === "identity") return undefined;
  return new AttemptFault("transient", "content-encoding", { status });
}

/** Error code of the transport, or the error's name where it has none → our word. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect",
  EHOSTUNREACH: "connect",
  ENETUNREACH: "connect",
  EADDRNOTAVAIL: "connect",
  EACCES: "connect",
  ETIMEDOUT: "connect-timeout",
  UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EPROTO: "tls",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls",
  SELF_SIGNED_CERT_IN_CHAIN: "tls",
  HOSTNAME_MISMATCH: "tls",
  ABORT_ERR: "aborted",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  HTTPParserError: "protocol",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
};

/** Families of codes, by their beginning. */
const WORD_PREFIXES = [
  ["ERR_TLS_", "tls"],
  ["ERR_SSL_", "tls"],
  ["CERT_", "tls"],
  ["UNABLE_TO_", "tls"],
  ["HPE_", "protocol"],
] as const;

function transportFault(error: unknown, signal: AbortSignal): AttemptFault {
  if (error instanceof AttemptFault) return error;
  if (signal.aborted) {
    const { reason } = signal;
    return reason instanceof AttemptFault ? reason : new AttemptFault("transient", "aborted");
  }
  if (error instanceof TokenhubError && error.code === "egress_denied") {
    return new AttemptFault("misconfigured_candidate", "egress-denied");
  }
  const code = error instanceof Error ? String(("code" in error && error.code) || error.name) : "";
  const family = WORD_PREFIXES.find(([prefix]) => code.startsWith(prefix));
  // Transports without codes (workerd) tell no more than that the network failed.
  return new AttemptFault("transient", WORDS[code] ?? family?.[1] ?? "network");
}
