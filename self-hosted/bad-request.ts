/** What never reaches the app, because it is no request that the app could read, answered in the app's shape. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";
import { ulid } from "ulid";
import { ERRORS, type ErrorCode } from "../src/errors.ts";

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly type?: string;
  readonly message: string;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: rowOf("headers_too_large"),
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "timeout",
    message: "The request's headers did not arrive in time.",
  },
};

const MALFORMED = {
  status: 400,
  code: "invalid_value",
  message: "This is not a valid HTTP request.",
} as const satisfies Answer;

const INTERNAL = rowOf("internal");

function rowOf(code: ErrorCode): Answer {
  const { status, type, meaning } = ERRORS[code];
  return { status, code, type, message: meaning };
}

/** A request without a usable target or `host`; anything else that the app threw is its own failure. */
export function answerUnreadable(error: unknown): Response {
  const { status, body } = told(error instanceof RequestError ? MALFORMED : INTERNAL);
  return new Response(body, { status, headers: HEADERS });
}

/** What the HTTP parser refused: answers and closes; a socket that is gone is left alone. */
export function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = told(ANSWERS[error.code ?? ""] ?? MALFORMED);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const HEADERS = {
  "content-type": "application/json",
  "cache-control": "private, no-store",
  connection: "close",
};

function told({ status, code, type = "invalid_request_error", message }: Answer) {
  const request_id = `req_${ulid()}`;
  return { status, body: JSON.stringify({ error: { code, type, message, request_id } }) };
}
