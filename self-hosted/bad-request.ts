/** What Node's HTTP parser refuses never reaches the app: it is answered here, in the same shape. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ulid } from "ulid";

const ANSWERS: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "headers_too_large",
    message: "The request's headers are larger than 16 KiB.",
  },
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
};

/** Answers and closes; a socket that is gone is left alone. */
export function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = ANSWERS[error.code ?? ""] ?? MALFORMED;
  const request_id = `req_${ulid()}`;
  const body = JSON.stringify({
    error: { code, type: "invalid_request_error", message, request_id },
  });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json",
    "cache-control: private, no-store",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
