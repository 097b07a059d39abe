/** HTTP spoken over a bare socket: what no client library would send, and what comes back for it. */
import { createConnection, type Socket } from "node:net";

/** One complete HTTP message from the server. */
export interface RawReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** What a connection came to. */
export interface RawAnswer {
  /** Complete messages in order, 1xx left out. */
  readonly replies: readonly RawReply[];
  /** Who ended it: the server well (`fin`) or hard (`reset`), or this side once it had enough (`us`). */
  readonly end: "fin" | "reset" | "us";
  /** Bytes that the machine took from us; what the server read is never more. */
  readonly sentBytes: number;
}

export interface RawOptions {
  /** Hangs up after so many messages; undefined: the server must end the connection. */
  readonly replies?: number;
  /** Closes the sending half when everything is sent. */
  readonly halfClose?: boolean;
}

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Sends the pieces, as fast as they are taken, to the server of this URL and reads until the end. */
export async function rawExchange(
  url: string,
  pieces: string | Pieces,
  options: RawOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let replies: readonly RawReply[] = [];
  let writing = true;
  const ended = new Promise<RawAnswer["end"]>((resolve) => {
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      replies = messagesOf(Buffer.concat(chunks));
      if (options.replies !== undefined && replies.length >= options.replies) resolve("us");
    });
    socket.on("end", () => resolve("fin"));
    socket.on("error", () => resolve("reset"));
    socket.on("close", () => resolve("reset"));
  });
  const sending = send(socket, typeof pieces === "string" ? [pieces] : pieces, () => writing);
  void sending.then(() => options.halfClose && socket.end());
  const end = await ended;
  writing = false;
  const sentBytes = socket.bytesWritten - socket.writableLength;
  socket.destroy();
  return { replies, end, sentBytes };
}

async function send(socket: Socket, pieces: Pieces, wanted: () => boolean): Promise<void> {
  for await (const piece of pieces) {
    if (!wanted() || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.write(piece, () => {
        socket.off("close", resolve);
        resolve();
      });
    });
  }
}

/** A request head; `content-length` is left to the caller. */
export function headOf(
  line: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): string {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return `${line}\r\n${fields.join("")}\r\n`;
}

/** One chunk of a chunked body; an empty one ends it. */
export function chunkOf(bytes: string | Uint8Array): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]);
}

/** Every complete message at the start of these bytes. */
function messagesOf(bytes: Buffer): readonly RawReply[] {
  const found: RawReply[] = [];
  for (let rest = bytes; ; ) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd < 0) return found;
    const [line = "", ...fields] = rest.subarray(0, headEnd).toString("latin1").split("\r\n");
    const headers = Object.fromEntries(
      fields.map((field) => {
        const colon = field.indexOf(":");
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    const status = Number(line.split(" ")[1]);
    const after = rest.subarray(headEnd + 4);
    const body = status < 200 ? { text: "", bytes: 0 } : bodyOf(after, headers);
    if (!body) return found;
    if (status >= 200) found.push({ status, headers, body: body.text, json: jsonOf(body.text) });
    rest = after.subarray(body.bytes);
  }
}

/** undefined: it is not all there yet. */
function bodyOf(
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): { text: string; bytes: number } | undefined {
  if (headers["transfer-encoding"] !== "chunked") {
    const length = Number(headers["content-length"] ?? 0);
    return bytes.length < length
      ? undefined
      : { text: bytes.toString("utf8", 0, length), bytes: length };
  }
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const dataAt = lineEnd + 2;
    if (bytes.length < dataAt + size + 2) return undefined;
    parts.push(bytes.subarray(dataAt, dataAt + size));
    at = dataAt + size + 2;
    if (size === 0) return { text: Buffer.concat(parts).toString("utf8"), bytes: at };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
