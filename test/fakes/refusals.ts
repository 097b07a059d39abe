/** What holds for every refused request: the dialect's own shape, nobody asked, the gateway still serving. */
import { expect } from "vitest";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { startBareEdge } from "./bare-edge.ts";
import { saying } from "./client.ts";
import { HOMES, type Home } from "./homes.ts";
import { headOf, type RawReply, rawExchange } from "./raw.ts";
import type { Upstream } from "./upstream.ts";

/** A home and the only upstream it knows, which serves `gpt-test`. */
export interface Served {
  readonly home: Home;
  readonly upstream: Upstream;
}

/** Both homes with nothing between them and their clients or upstreams, for `describe.each`. */
export const STARTS = [
  ["node", HOMES.node],
  ["edge", startBareEdge],
] as const;

/** A request in every detail; what is left out is that of a good one. */
export interface Sent {
  readonly method?: string;
  /** As it goes into the request line. */
  readonly target?: string;
  /** Added to those of a good request; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Uint8Array;
}

/** What a refusal must say. */
export interface Refused {
  readonly code: ErrorCode;
  /** Path of the field; undefined: none is told. */
  readonly param?: string;
}

/** A request that is answered well. */
export const GOOD = { model: "gpt-test", messages: saying("Hello?") };
/** The same as text. */
export const GOOD_TEXT = JSON.stringify(GOOD);
/** Where it goes. */
export const COMPLETIONS = "/v1/chat/completions";

/** The bytes of a request; its length is declared unless a header says otherwise. */
export function bytesOf(home: Home, sent: Sent = {}): Buffer {
  const { method = "POST", target = COMPLETIONS, body = GOOD_TEXT } = sent;
  const headers = {
    host: new URL(home.url).host,
    authorization: `Bearer ${home.key}`,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...sent.headers,
  };
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const head = headOf(`${method} ${target} HTTP/1.1`, Object.fromEntries(given));
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}

/** One request on a connection of its own; throws when no complete answer comes. */
export async function send(home: Home, sent: Sent = {}): Promise<RawReply> {
  const { replies, end } = await rawExchange(home.url, [bytesOf(home, sent)], { replies: 1 });
  const [reply] = replies;
  if (!reply) throw new Error(`no answer: ${end}`);
  return reply;
}

/** The good request is answered, by the upstream. */
export async function expectAlive({ home, upstream }: Served): Promise<void> {
  const before = upstream.requests.length;
  const { status, body } = await send(home);
  expect(status, body).toBe(200);
  expect(upstream.requests).toHaveLength(before + 1);
}

/** Status, code and param are these, the shape is the dialect's, and no more is told than our own words. */
export function expectRefusal(reply: RawReply | undefined, { code, param }: Refused): void {
  if (!reply) throw new Error(`no answer in place of ${code}`);
  const { status, type, meaning } = ERRORS[code];
  expect(reply.json).toEqual({
    error: {
      code,
      type,
      message: expect.stringContaining(meaning),
      ...(param === undefined ? {} : { param }),
      request_id: expect.stringMatching(/^req_[0-9A-HJKMNP-TV-Z]{26}$/),
    },
  });
  expect(reply.status).toBe(status);
  const { error } = reply.json as { error: { request_id: string } };
  expect(reply.headers).toMatchObject({
    "content-type": "application/json",
    "cache-control": "private, no-store",
    "x-request-id": error.request_id,
    "x-tokenhub-request-id": error.request_id,
  });
}

/** The request is refused so, no upstream hears of it, and the next good one is answered. */
export async function expectRefused(served: Served, sent: Sent, refused: Refused): Promise<void> {
  const before = served.upstream.requests.length;
  expectRefusal(await send(served.home, sent), refused);
  expect(served.upstream.requests).toHaveLength(before);
  await expectAlive(served);
}
